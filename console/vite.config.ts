import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { brotliCompressSync, constants, gzipSync } from 'node:zlib';
import { svelte } from '@sveltejs/vite-plugin-svelte';
import { defineConfig, type Plugin } from 'vite';

const FOLDER = '../api/console/static';
/** What `npm run dev` asks. */
const API = process.env.SWITCHROOM ?? 'http://127.0.0.1:8000';
const TEXT = /\.(js|css|html|svg)$/;

/** Write each text file compressed beside itself, so that the api compresses nothing. */
function compressed(): Plugin {
  return {
    name: 'compressed',
    apply: 'build',
    closeBundle() {
      for (const name of readdirSync(FOLDER, { recursive: true, encoding: 'utf8' })) {
        if (!TEXT.test(name)) continue;
        const path = join(FOLDER, name);
        const body = readFileSync(path);
        writeFileSync(`${path}.gz`, gzipSync(body, { level: 9 }));
        const best = { [constants.BROTLI_PARAM_QUALITY]: constants.BROTLI_MAX_QUALITY };
        writeFileSync(`${path}.br`, brotliCompressSync(body, { params: best }));
      }
    },
  };
}

export default defineConfig({
  base: '/console/',
  plugins: [svelte(), compressed()],
  server: { proxy: { '^/(v1|auth|console/session)(/|$|\\?)': { target: API, changeOrigin: true, headers: { origin: API } } } },
  build: {
    outDir: FOLDER,
    emptyOutDir: true,
    target: 'es2022',
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
    reportCompressedSize: false,
  },
});
