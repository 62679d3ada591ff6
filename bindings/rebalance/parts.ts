import type { FullAbi } from '../abi.js';
import { View } from '../memory.js';

/**
 * Live views of the parts of a module's object, which knows their lengths.
 * @param names - of the parts, in the order of the module
 */
export function partViews<Part extends string>(
  abi: FullAbi,
  at: number,
  names: readonly Part[],
): Readonly<Record<Part, View<'f64'>>> {
  const views = names.map((name, part) => [
    name,
    new View(abi, 'f64', abi.partAt(at, part), abi.partLength(at, part)),
  ]);
  return Object.fromEntries(views) as Record<Part, View<'f64'>>;
}
