import { readdirSync, readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { COVERED, MAKERS } from './subjects.js';

test('every class that owns memory is among the subjects', () => {
  const folder = new URL('../../bindings/', import.meta.url);
  const sources = readdirSync(folder, { recursive: true, encoding: 'utf8' }).filter((name) =>
    name.endsWith('.ts'),
  );
  const owners = sources.flatMap((name) =>
    [...readFileSync(new URL(name, folder), 'utf8').matchAll(/class (\w+)[^{]* extends Owner\b/g)].map(
      ([, owner]) => owner,
    ),
  );
  expect(owners.length).toBeGreaterThan(15);
  expect(Object.keys(COVERED).sort()).toEqual(owners.sort());
  for (const kind of Object.values(COVERED)) expect(MAKERS).toHaveProperty([kind]);
});
