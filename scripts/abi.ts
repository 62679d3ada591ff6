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

/** The calls of the module's exports, room by room, as a table. */
export function callTable(exports: readonly string[]): string {
  const exported = new Set(exports);
  const files = readdirSync('assembly', { recursive: true, encoding: 'utf8' })
    .filter((file) => file.endsWith('.ts') && file !== 'index.ts')
    .sort();
  const lines = files.flatMap((file) => {
    const calls = callsOf(`assembly/${file}`, exported);
    if (calls.length === 0) return [];
    return [
      '',
      `### ${file.replace(/\.ts$/, '')}`,
      '',
      ...calls.map(({ signature, about }) => `- \`${signature}\`${about && ` ${about}`}`),
    ];
  });
  return `${BEGIN}\n${lines.join('\n')}\n\n${END}`;
}

/** The page with the table as it should be. */
export function pageWith(text: string, exports: readonly string[]): string {
  const [first, last] = [text.indexOf(BEGIN), text.indexOf(END)];
  if (first < 0 || last < first) throw new Error(`${page} has no place for the calls`);
  return text.slice(0, first) + callTable(exports) + text.slice(last + END.length);
}

if (argv[1] === fileURLToPath(import.meta.url)) {
  const module = await WebAssembly.compile(readFileSync('build/core.wasm'));
  const exports = WebAssembly.Module.exports(module).map(({ name }) => name);
  writeFileSync(page, pageWith(readFileSync(page, 'utf8'), exports));
}
