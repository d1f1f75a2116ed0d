import { Ajv2020, type ErrorObject } from 'ajv/dist/2020.js';
import addFormats from 'ajv-formats';
import { CliError } from '../../terminal/cli-error.js';
import { readJson } from '../records/input-file.js';
import { type Mapping, mappingSchema } from './mapping.js';

const ajv = new Ajv2020({ allErrors: false, discriminator: true, allowUnionTypes: true, meta: false, validateSchema: false });
addFormats.default(ajv);
const validate = ajv.compile<Mapping>(mappingSchema);

/** @throws CliError that names the file and the member */
export async function loadMapping(file: string): Promise<Mapping> {
  const json = await readJson(file);
  if (!validate(json)) throw new CliError(`${file}: ${sentence(validate.errors?.[0])}`);
  const { source } = json;
  if (source.format === 'csv' && source.header === false && !source.columns)
    throw new CliError(`${file}: source.columns must name the columns, because source.header is false`);
  return json;
}

function sentence(error: ErrorObject | undefined): string {
  if (!error) return 'is not a mapping';
  const member = error.instancePath.slice(1).replaceAll('/', '.') || 'the mapping';
  const { keyword, params, message } = error;
  if (keyword === 'additionalProperties') return `${member} has the unknown property "${params.additionalProperty}"; check its spelling`;
  if (keyword === 'required') return `${member} lacks the property "${params.missingProperty}"`;
  if (keyword === 'discriminator') return `${member}.format must be csv, ndjson or lines`;
  if (keyword === 'const') return `${member} must be ${JSON.stringify(params.allowedValue)}`;
  return `${member} ${message}`;
}
