// Bundles styles, scripts and fonts into the folder that the server serves as /static/.
import { context, build } from "esbuild";
import { cp, mkdir, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { fileURLToPath } from "node:url";
import { brotliCompressSync, gzipSync } from "node:zlib";

const here = fileURLToPath(new URL(".", import.meta.url));
const target = fileURLToPath(new URL("../src/prodsec/site/static/", import.meta.url));

const options = {
  absWorkingDir: here,
  entryPoints: [
    { in: "src/prodsec.ts", out: "prodsec" },
    // Only pages with charts load this one.
    { in: "src/charts.ts", out: "charts" },
    { in: "src/prodsec.css", out: "prodsec" },
  ],
  outdir: target,
  bundle: true,
  minify: true,
  legalComments: "none",
  // light-dark(), popovers and cascade layers: what all browsers of the last two years have.
  target: ["chrome123", "firefox125", "safari17.5"],
  loader: { ".woff2": "file" },
  assetNames: "fonts/[name]-[hash]",
  logLevel: "warning",
};

await rm(target, { recursive: true, force: true });
await mkdir(target, { recursive: true });
await cp(`${here}src/favicon.svg`, `${target}favicon.svg`);
// What we hand on comes with its licence.
for (const name of ["htmx.org", "@fontsource-variable/inter", "echarts"]) {
  await cp(`${here}node_modules/${name}/LICENSE`, `${target}licences/${name.replace("/", "-")}.txt`);
}
if (process.argv.includes("--watch")) {
  await (await context(options)).watch();
} else {
  await build(options);
  await compress();
}

// What the server hands out to browsers that can unpack it: beside each text its two smaller forms.
async function compress() {
  for (const name of await readdir(target)) {
    if (!/\.(css|js|svg)$/.test(name)) continue;
    const text = await readFile(`${target}${name}`);
    await writeFile(`${target}${name}.gz`, gzipSync(text, { level: 9 }));
    await writeFile(`${target}${name}.br`, brotliCompressSync(text));
  }
}
