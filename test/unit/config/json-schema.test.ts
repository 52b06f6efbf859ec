import { readFileSync } from 'node:fs';
import { Ajv } from 'ajv';
import { parse } from 'yaml';
import { editorSchema } from '../../../src/config/json-schema.ts';
import { rules, type Rule } from '../../../src/config/keys.ts';
import { LEAST } from './given.ts';

const validate = new Ajv({ allowUnionTypes: true, allErrors: true }).compile(editorSchema());
const errorsOf = (yaml: string) =>
  validate(parse(yaml)) ? [] : validate.errors!.map((error) => error.instancePath);

/** Every key below the rule with whether it is documented. */
function undocumented(rule: Rule, path: string): string[] {
  const own = path !== '' && rule.description === undefined ? [path] : [];
  const options = [...(rule.anyOf ?? []), ...(rule.oneOf ?? [])] as Rule[];
  return [
    ...own,
    ...[rule, ...options].flatMap((option) =>
      Object.entries(option.properties ?? {}).flatMap(([key, value]) =>
        undocumented(value as Rule, `${path}.${key}`),
      ),
    ),
  ];
}

describe('the JSON Schema', () => {
  it('that is committed is the one the schema generates (npm run schema)', () => {
    const committed: unknown = JSON.parse(readFileSync('config/scorer.schema.json', 'utf8'));
    expect(committed).toEqual(JSON.parse(JSON.stringify(editorSchema())));
  });

  it('documents every key', () => {
    expect(undocumented(rules(), '')).toEqual([]);
  });

  it('accepts config/scorer.yaml, which points editors to it', () => {
    const yaml = readFileSync('config/scorer.yaml', 'utf8');
    expect(yaml).toMatch(/^# yaml-language-server: \$schema=\.\/scorer\.schema\.json\n/);
    expect(errorsOf(yaml)).toEqual([]);
  });

  it('accepts variables and empty keys', () => {
    const yaml = LEAST.replace(
      '[localhost:9092]',
      '["${B}"], tls: { caFile: , certFile: }, sasl: { mechanism: "${M}", username: , password: "${file:p}" }',
    );
    expect(
      errorsOf(
        `${yaml}\nhttp: { port: "\${PORT}", token: }\ndelivery: "\${DELIVERY}"\ndeadLetter:`,
      ),
    ).toEqual([]);
  });

  it('finds what is wrong as it is typed', () => {
    expect(errorsOf(`${LEAST}\nhttp: { port: abc }`)).toContain('/http/port');
    expect(errorsOf(`${LEAST}\nhttp: { prot: 1 }`)).toContain('/http');
    expect(errorsOf(`${LEAST}\ndelivery: at-most-once`)).toContain('/delivery');
    expect(errorsOf(LEAST.replace('topics: [in]', ''))).toContain('/input');
  });
});
