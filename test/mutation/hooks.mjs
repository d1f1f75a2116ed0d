// Has Node load the sources as they are, compiled by SWC, and unit specs with `globals.mjs` in place of Jest.
import { registerHooks } from 'node:module';
import path from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { transformFileSync } from '@swc/core';

const source = (specifier, parent) => {
  if (specifier.startsWith('#')) {
    const [lib, ...rest] = specifier.slice(1).split('/');
    return pathToFileURL(path.resolve('libs', lib, 'src', rest.join('/').replace(/\.js$/, '.ts') || 'index.ts')).href;
  }
  if (specifier.startsWith('.') && parent?.endsWith('.ts')) return new URL(specifier.replace(/\.js$/, '.ts'), parent).href;
  return undefined;
};

registerHooks({
  resolve(specifier, context, next) {
    const url = specifier === '@jest/globals' ? import.meta.resolve('./globals.mjs') : source(specifier, context.parentURL);
    return url === undefined ? next(specifier, context) : { url, shortCircuit: true };
  },
  load(url, context, next) {
    if (!url.endsWith('.ts')) return next(url, context);
    const { code } = transformFileSync(fileURLToPath(url), { sourceMaps: false });
    return { format: 'module', source: code, shortCircuit: true };
  },
});
