import { readFile } from 'node:fs/promises';
import ts from 'typescript';
import { describe, expect, it } from 'vitest';

interface Member {
  readonly kind: 'function' | 'memory';
  readonly arguments: number;
}

const file = ts.createSourceFile('abi.ts', await readFile('bindings/abi.ts', 'utf8'), ts.ScriptTarget.Latest);

/** The members of an interface of bindings/abi.ts: their kinds, and how many arguments its functions take. */
function membersOf(name: string): [string, Member][] {
  const abi = file.statements.find((node) => ts.isInterfaceDeclaration(node) && node.name.text === name);
  if (!abi || !ts.isInterfaceDeclaration(abi)) throw new Error(`bindings/abi.ts has no interface ${name}`);
  return abi.members.map((member): [string, Member] => {
    if (!member.name || !ts.isIdentifier(member.name))
      throw new Error(`a member of ${name} has no plain name`);
    if (ts.isMethodSignature(member)) {
      return [member.name.text, { kind: 'function', arguments: member.parameters.length }];
    }
    return [member.name.text, { kind: 'memory', arguments: 0 }];
  });
}

describe.each([
  { path: 'dist/core.wasm', interfaces: ['Abi'] },
  { path: 'dist/full.wasm', interfaces: ['Abi', 'FullAbi'] },
])('$interfaces', async ({ path, interfaces }) => {
  const module = await WebAssembly.compile(await readFile(path));
  const { exports } = await WebAssembly.instantiate(module);
  const abi = new Map(interfaces.flatMap(membersOf));

  it('name what the module exports, no more and no less', () => {
    const exported = WebAssembly.Module.exports(module).map(({ name, kind }) => `${kind} ${name}`);
    const declared = [...abi].map(([name, { kind }]) => `${kind} ${name}`);
    expect(declared.sort()).toEqual(exported.sort());
    expect(abi.size).toBeGreaterThan(50);
  });

  it('give every function as many arguments as the module does', () => {
    const functions = [...abi].filter(([, { kind }]) => kind === 'function');
    const declared = functions.map(([name, member]) => `${name}: ${member.arguments}`);
    expect(declared).toEqual(functions.map(([name]) => `${name}: ${(exports[name] as () => void).length}`));
  });
});
