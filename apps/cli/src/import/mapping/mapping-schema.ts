const strict = (properties: object, required: readonly string[] = []) => ({
  type: 'object',
  properties,
  required,
  additionalProperties: false,
});
const name = { type: 'string', minLength: 1, maxLength: 100 };
const character = { type: 'string', minLength: 1, maxLength: 4 };
const names = { type: 'array', items: name, minItems: 1, uniqueItems: true };

const formats = {
  csv: strict(
    {
      format: { const: 'csv' },
      delimiter: character,
      quote: character,
      escape: character,
      comment: character,
      encoding: name,
      header: { type: 'boolean' },
      columns: names,
    },
    ['format'],
  ),
  ndjson: strict({ format: { const: 'ndjson' } }, ['format']),
  lines: strict({ format: { const: 'lines' }, encoding: name, pattern: { type: 'string', minLength: 1, format: 'regex' } }, [
    'format',
    'pattern',
  ]),
};

/** JSON Schema (2020-12) of a mapping file; expressions (`true` below) are checked when they are compiled. */
export const mappingSchema = {
  $schema: 'https://json-schema.org/draft/2020-12/schema',
  title: 'Letopis import mapping',
  ...strict(
    {
      $schema: { type: 'string' },
      system: { type: 'string', pattern: '^[a-z0-9][a-z0-9-]{0,59}$' },
      description: { type: 'string' },
      source: {
        type: 'object',
        discriminator: { propertyName: 'format' },
        required: ['format'],
        oneOf: [formats.csv, formats.ndjson, formats.lines],
      },
      dedupe: { anyOf: [{ const: 'line' }, names] },
      lookups: {
        type: 'object',
        additionalProperties: strict({ file: { type: 'string', minLength: 1 }, key: name, delimiter: character, encoding: name }, [
          'file',
          'key',
        ]),
      },
      order: true,
      occurredAt: true,
      commands: {
        type: 'array',
        minItems: 1,
        maxItems: 50,
        items: strict(
          {
            command: name,
            note: { type: 'string' },
            when: true,
            target: true,
            body: true,
            occurredAt: true,
            once: { type: 'boolean' },
            tolerate: names,
          },
          ['command', 'target'],
        ),
      },
    },
    ['system', 'source', 'commands'],
  ),
};
