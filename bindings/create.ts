import { text } from './bytes.js';
import { Core, type CoreOptions, InlineModule } from './core.js';

const inline = /* @__PURE__ */ new InlineModule(text);

/** The core's module, or the one an option names. @internal */
export function compileModule(options: CoreOptions): Promise<WebAssembly.Module> {
  return inline.compile(options);
}

/**
 * Makes a core.
 * @throws WebAssembly.CompileError where the host has no SIMD, or a page's content security policy lacks
 * `wasm-unsafe-eval`
 */
export async function create(options: CoreOptions = {}): Promise<Core> {
  return new Core(await WebAssembly.instantiate(await inline.compile(options)));
}

/** Makes a core without waiting: for Node, workers, and hosts that allow it. @throws as {@link create} */
export function createSync(options: CoreOptions = {}): Core {
  return new Core(new WebAssembly.Instance(inline.compileSync(options)));
}
