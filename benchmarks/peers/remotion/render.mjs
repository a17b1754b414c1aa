// node render.mjs ORDER: {site, browser, template, weights, out, tabs} in a JSON file; one tab a core, x264 as ours.
import { readFile } from "node:fs/promises";
import { renderMedia, selectComposition } from "@remotion/renderer";

const { site, browser, tabs, out, ...inputProps } = JSON.parse(await readFile(process.argv[2], "utf8"));
const shared = {
  serveUrl: site,
  inputProps,
  browserExecutable: browser,
  chromeMode: "chrome-for-testing", // Debian's Chromium has the new headless mode only
  chromiumOptions: { gl: null },
  logLevel: "error",
};
await renderMedia({
  ...shared,
  composition: await selectComposition({ ...shared, id: "film" }),
  codec: "h264",
  x264Preset: "veryfast",
  crf: 20,
  pixelFormat: "yuv420p",
  colorSpace: "bt709",
  concurrency: tabs,
  muted: true,
  outputLocation: out,
});
process.exit(0);
