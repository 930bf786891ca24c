/** The settings of an object, as our own OpenAPI document describes them: what a form is made of. */

export interface Setting {
  name: string;
  kind: 'switch' | 'choice' | 'number' | 'text' | 'long' | 'list' | 'rows' | 'object';
  nullable: boolean;
  hint: string;
  choices: string[];
  min?: number;
  max?: number;
  whole: boolean;
  /** What it is if nobody has set it; undefined: it must be set. */
  preset: unknown;
  /** Of `rows`: the settings of each. */
  fields: Setting[];
}

/** What of JSON Schema our documents use. */
export interface Schema {
  $ref?: string;
  anyOf?: Schema[];
  type?: string;
  enum?: string[];
  default?: unknown;
  pattern?: string;
  maxLength?: number;
  minimum?: number;
  exclusiveMinimum?: number;
  maximum?: number;
  description?: string;
  items?: Schema;
  properties?: Record<string, Schema>;
  additionalProperties?: boolean | Schema;
}

let document: Promise<Record<string, Schema>> | null = null;

async function schemas(): Promise<Record<string, Schema>> {
  document ??= fetch('/openapi.json').then(async (answer) => {
    if (!answer.ok) throw new Error(`openapi.json: ${answer.status}`);
    return ((await answer.json()) as { components: { schemas: Record<string, Schema> } }).components.schemas;
  });
  document.catch(() => (document = null));
  return document;
}

/** Return the settings that a body with this name takes, in its order. */
export async function settingsOf(body: string): Promise<Setting[]> {
  const all = await schemas();
  return Object.entries(all[body]?.properties ?? {}).map(([name, schema]) => settingOf(name, schema, all));
}

/** Return the setting of a form that has this schema. `all`: the schemas that it may refer to. */
export function settingOf(name: string, schema: Schema, all: Record<string, Schema> = {}): Setting {
  const branches = schema.anyOf ?? [schema];
  const found = resolved(branches.find((one) => one.type !== 'null') ?? schema, all);
  const fields = fieldsOf(found, all);
  return {
    name,
    kind: fields.length ? 'rows' : kindOf(found),
    nullable: branches.some((one) => one.type === 'null'),
    hint: schema.description ?? '',
    choices: found.enum ?? [],
    min: found.minimum ?? found.exclusiveMinimum,
    max: found.maximum,
    whole: found.type === 'integer',
    preset: schema.default,
    fields,
  };
}

function resolved(schema: Schema, all: Record<string, Schema>): Schema {
  return schema.$ref ? all[schema.$ref.split('/').pop()!]! : schema;
}

/** Return what each object of a list has, if a form can show it in a row. */
function fieldsOf(list: Schema, all: Record<string, Schema>): Setting[] {
  const properties = (list.type === 'array' && list.items && resolved(list.items, all).properties) || {};
  const fields = Object.entries(properties).map(([name, schema]) => settingOf(name, schema, all));
  return fields.every(({ kind }) => kind !== 'object' && kind !== 'rows' && kind !== 'list') ? fields : [];
}

function kindOf(schema: Schema): Setting['kind'] {
  if (schema.enum) return 'choice';
  if (schema.type === 'boolean') return 'switch';
  if (schema.type === 'integer' || schema.type === 'number') return 'number';
  if (schema.type === 'string') return (schema.maxLength ?? 0) >= 500 ? 'long' : 'text';
  if (schema.type === 'array' && schema.items?.type === 'string') return 'list';
  return 'object';
}
