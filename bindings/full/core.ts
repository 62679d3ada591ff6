import type { FullAbi } from '../abi.js';
import type { Book } from '../book.js';
import { Core, type CoreOptions, InlineModule } from '../core.js';
import { MarginAccount, type MarginOptions } from '../margin/account.js';
import { PayoffProfile, type PayoffOptions } from '../strategy/payoff.js';
import { text } from './bytes.js';

const inline = /* @__PURE__ */ new InlineModule(text);

/** A core on the full module: what {@link Core} does, to the same bits, and margin, payoffs, the rebalancing loop. */
export class FullCore extends Core {
  /** @internal For the package's other entries. */
  declare readonly abi: FullAbi;

  /** @internal */
  constructor(instance: WebAssembly.Instance) {
    super(instance, 'payoffCreate');
  }

  /**
   * A book under a margin model: equity, margins, liquidation levels, and hedges that keep a limit. A model of a public
   * rule, not the venue's own figures.
   * @throws TypeError or RangeError that names the option or parameter and the value
   */
  margin(book: Book<1> | Book<2> | Book<3>, options: MarginOptions): MarginAccount {
    return new MarginAccount(this.abi, book, options);
  }

  /**
   * What a book's positions of one underlying make at their nearest expiry, and today, as of the chain's last tick.
   * @throws TypeError or RangeError where an option is wrong, or memory is exhausted
   */
  payoff(book: Book<1> | Book<2> | Book<3>, options: PayoffOptions = {}): PayoffProfile {
    return new PayoffProfile(this.abi, book, options);
  }
}

/**
 * Makes a core on the full module.
 * @throws WebAssembly.CompileError where the host has no SIMD, or a page's content security policy lacks
 * `wasm-unsafe-eval`; TypeError where the module is not the full one
 */
export async function create(options: CoreOptions = {}): Promise<FullCore> {
  return new FullCore(await WebAssembly.instantiate(await inline.compile(options)));
}

/** Makes a core without waiting: for Node, workers, and hosts that allow it. @throws as {@link create} */
export function createSync(options: CoreOptions = {}): FullCore {
  return new FullCore(new WebAssembly.Instance(inline.compileSync(options)));
}
