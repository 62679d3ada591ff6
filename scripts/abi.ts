/** The table of calls in docs/abi.md: `tsx scripts/abi.ts` writes it, from the sources that the module is made of. */
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { argv } from 'node:process';
import { fileURLToPath } from 'node:url';
import ts from 'typescript';

const page = 'docs/abi.md';
const [BEGIN, END] = ['<!-- the calls, written by scripts/abi.ts -->', '<!-- the end of the calls -->'];

/** What types of AssemblyScript are on the outside. */
const types: Partial<Record<string, string>> = { usize: 'address', bool: 'i32', void: '' };

interface Call {
  readonly name: string;
  readonly signature: string;
  readonly about: string;
}

function callsOf(path: string, exported: ReadonlySet<string>): Call[] {
  const source = ts.createSourceFile(path, readFileSync(path, 'utf8'), ts.ScriptTarget.Latest, true);
  return source.statements.flatMap((statement) => {
    if (!ts.isFunctionDeclaration(statement) || !exported.has(statement.name?.text ?? '')) return [];
    if (statement.modifiers?.some(({ kind }) => kind === ts.SyntaxKind.ExportKeyword) !== true) return [];
    const name = statement.name!.text;
    const typeOf = (type: ts.TypeNode | undefined): string => {
      const text = type?.getText() ?? '';
      return types[text] ?? text;
    };
    const parameters = statement.parameters.map((p) => `${p.name.getText()}: ${typeOf(p.type)}`).join(', ');
    const result = typeOf(statement.type);
    const doc = ts.getJSDocCommentsAndTags(statement).find(ts.isJSDoc);
    const about = (ts.getTextOfJSDocComment(doc?.comment) ?? '')
      .replace(/\s+/g, ' ')
      .replace(/\{@link (\w+)\}/g, '`$1`')
      .replaceAll('|', '\\|');
    return [{ name, signature: `${name}(${parameters})${result && ` → ${result}`}`, about }];
  });
}

/** The calls of the full module, room by room; a room that the core does not have is marked so. */
export function callTable(exports: readonly string[], core: readonly string[]): string {
  const exported = new Set(exports);
  const files = readdirSync('assembly', { recursive: true, encoding: 'utf8' })
    .filter((file) => file.endsWith('.ts') && file.includes('/'))
    .sort();
  const lines = files.flatMap((file) => {
    const calls = callsOf(`assembly/${file}`, exported);
    if (calls.length === 0) return [];
    return [
      '',
      `### ${file.replace(/\.ts$/, '')}${calls.some(({ name }) => core.includes(name)) ? '' : ' (full.wasm)'}`,
      '',
      ...calls.map(({ signature, about }) => `- \`${signature}\`${about && ` ${about}`}`),
    ];
  });
  return `${BEGIN}\n${lines.join('\n')}\n\n${END}`;
}

/** The page with the table as it should be. */
export function pageWith(text: string, exports: readonly string[], core: readonly string[]): string {
  const [first, last] = [text.indexOf(BEGIN), text.indexOf(END)];
  if (first < 0 || last < first) throw new Error(`${page} has no place for the calls`);
  return text.slice(0, first) + callTable(exports, core) + text.slice(last + END.length);
}

/** What a module exports, by name. */
export async function exportsOf(path: string): Promise<string[]> {
  const module = await WebAssembly.compile(readFileSync(path));
  return WebAssembly.Module.exports(module).map(({ name }) => name);
}

if (argv[1] === fileURLToPath(import.meta.url)) {
  const text = readFileSync(page, 'utf8');
  writeFileSync(page, pageWith(text, await exportsOf('build/full.wasm'), await exportsOf('build/core.wasm')));
}
