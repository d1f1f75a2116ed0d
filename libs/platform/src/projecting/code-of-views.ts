import { hash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { projections } from '#projections';
import type { CodeOfViews } from '#projections/runner/index.js';

/** What every view follows from beside its own projection: how it is built, stored and read, and how an event comes to its present version. */
const COMMON = ['libs/projections/src/runner/index.js', 'libs/read-models/src/index.js', 'libs/platform/src/events/current-events.js'];

const imports =
  /^(?:import|export)\b[^;]*?\bfrom\s*["']([.#][^"']+)["']|^import\s*["']([.#][^"']+)["']|\bimport\(\s*["']([.#][^"']+)["']/gm;

/**
 * The identity of the code of each view: a hash over the compiled modules that its projection and the common ones import, and those that
 * these import. So whatever changes the meaning of what is stored changes it, and what only asks or answers does not.
 */
export const codeOfModules = (root: string, views: readonly string[]): CodeOfViews => {
  const modules = new Map<string, { readonly digest: string; readonly imported: readonly string[] }>();
  const moduleAt = (file: string) => {
    const known = modules.get(file);
    if (known) return known;
    const text = readFileSync(path.join(root, file), 'utf8');
    const imported = [...text.matchAll(imports)].map(([, ...specifiers]) => resolved(file, specifiers.find((each) => each !== undefined)!));
    const made = { digest: hash('sha256', text, 'hex'), imported };
    modules.set(file, made);
    return made;
  };
  const codeOf = (view: string): string => {
    const reached = new Set([...COMMON, `libs/projections/src/${view}/projection.js`]);
    // A set answers what is added while it is gone through.
    for (const file of reached) for (const imported of moduleAt(file).imported) reached.add(imported);
    const digests = [...reached].sort().map((file) => `${file} ${moduleAt(file).digest}`);
    return hash('sha256', digests.join('\n'), 'hex').slice(0, 16);
  };
  return Object.fromEntries(views.map((view) => [view, codeOf(view)]));
};

/** As `imports` of package.json says. */
const resolved = (from: string, specifier: string): string => {
  const [, lib, module] = /^#([a-z-]+)(?:\/(.+))?$/.exec(specifier) ?? [];
  return lib === undefined ? path.join(path.dirname(from), specifier) : `libs/${lib}/src/${module ?? 'index.js'}`;
};

let known: CodeOfViews | undefined;

/** Of what the build wrote, also where these lines run from their source (Jest), as threads beside them run the former. */
export const codeOfViews = (): CodeOfViews => {
  const here = fileURLToPath(import.meta.url);
  const above = path.resolve(path.dirname(here), '../../../..');
  known ??= codeOfModules(
    here.endsWith('.ts') ? path.join(above, 'dist') : above,
    projections.map(({ name }) => name),
  );
  return known;
};
