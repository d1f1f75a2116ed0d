/**
 * Where a thread starts: a module that the build wrote, also for an importer that runs from its source (Jest).
 * @param importer its `import.meta.url`
 */
export const builtModule = (module: string, importer: string): URL =>
  new URL(module, importer.endsWith('.ts') ? importer.replace(/\/(apps|libs)\/(?!.*\/(?:apps|libs)\/)/, '/dist/$1/') : importer);
