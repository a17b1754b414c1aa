// node bundle.mjs PUBLIC OUT: the project, and the files that its scenes name, as the site that is rendered.
import { bundle } from "@remotion/bundler";

const [publicDir, outDir] = process.argv.slice(2);
await bundle({ entryPoint: new URL("film.jsx", import.meta.url).pathname, publicDir, outDir });
