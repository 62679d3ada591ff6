import { readFile } from 'node:fs/promises';
import ts from 'typescript';
import { describe, expect, it } from 'vitest';

const module = await WebAssembly.compile(await readFile('dist/core.wasm'));
const { exports } = await WebAssembly.instantiate(module);

interface Member {
  readonly kind: 'function' | 'memory';
  readonly arguments: number;
}

/** The members of `interface Abi`: their kinds, and how many arguments its functions take. */
async function readAbi(): Promise<Map<string, Member>> {
  const file = ts.createSourceFile(
    'abi.ts',
    await readFile('bindings/abi.ts', 'utf8'),
    ts.ScriptTarget.Latest,
  );
  const abi = file.statements.find((node) => ts.isInterfaceDeclaration(node) && node.name.text === 'Abi');
  if (!abi || !ts.isInterfaceDeclaration(abi)) throw new Error('bindings/abi.ts has no interface Abi');
  return new Map(
    abi.members.map((member): [string, Member] => {
      if (!member.name || !ts.isIdentifier(member.name)) throw new Error('a member of Abi has no plain name');
      if (ts.isMethodSignature(member)) {
        return [member.name.text, { kind: 'function', arguments: member.parameters.length }];
      }
      return [member.name.text, { kind: 'memory', arguments: 0 }];
    }),
  );
}

const abi = await readAbi();

describe('interface Abi', () => {
  it('names what the module exports, no more and no less', () => {
    const exported = WebAssembly.Module.exports(module).map(({ name, kind }) => `${kind} ${name}`);
    const declared = [...abi].map(([name, { kind }]) => `${kind} ${name}`);
    expect(declared.sort()).toEqual(exported.sort());
    expect(abi.size).toBeGreaterThan(50);
  });

  it('gives every function as many arguments as the module does', () => {
    const functions = [...abi].filter(([, { kind }]) => kind === 'function');
    const declared = functions.map(([name, member]) => `${name}: ${member.arguments}`);
    expect(declared).toEqual(functions.map(([name]) => `${name}: ${(exports[name] as () => void).length}`));
  });
});

it('the module imports nothing', () => {
  expect(WebAssembly.Module.imports(module)).toEqual([]);
});
