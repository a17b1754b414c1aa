// node bundle.mjs: the project, and beside it what lies in public/, as the site that is rendered, in site/.
import { bundle } from "@remotion/bundler";
import { fileURLToPath } from "node:url";

const path = (name) => fileURLToPath(new URL(name, import.meta.url));
await bundle({ entryPoint: path("film.jsx"), publicDir: path("public"), outDir: path("site") });
