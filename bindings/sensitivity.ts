/** How many derivatives are computed: 1 the first, 2 and the cross ones of volatility and time, 3 and the third. */
export type Order = 1 | 2 | 3;

/** The columns of an order. */
export type SensitivityOf<O extends Order> =
  | 'price'
  | 'delta'
  | 'gamma'
  | 'vega'
  | 'theta'
  | 'rho'
  | (O extends 2 | 3 ? 'vanna' | 'volga' | 'charm' : never)
  | (O extends 3 ? 'speed' | 'zomma' | 'color' : never);

/**
 * All columns, in raw units: `price` in quote currency (or coin), `delta` = d price / d u with u the spot or forward,
 * `gamma` = d delta / d u, `vega` per 1.00 of volatility, `theta` per year of calendar time (a long option's is
 * negative), `rho` per 1.00 of rate (spot held on spot rows, forward held on forward rows and chains), `vanna` =
 * d delta / d volatility, `volga` = d vega / d volatility, `charm` = d delta / d t per year, `speed` = d gamma / d u,
 * `zomma` = d gamma / d volatility, `color` = d gamma / d t per year.
 */
export type Sensitivity = SensitivityOf<3>;

/** One array per sensitivity of an order. */
export type Columns<O extends Order = 1> = Readonly<Record<SensitivityOf<O>, Float64Array>>;

/** In the module's order; an order has the first 3 + 3 x order of them. */
export const sensitivities: readonly Sensitivity[] = [
  'price',
  'delta',
  'gamma',
  'vega',
  'theta',
  'rho',
  'vanna',
  'volga',
  'charm',
  'speed',
  'zomma',
  'color',
];

/** The sensitivities of an order. */
export function sensitivitiesOf(order: Order): readonly Sensitivity[] {
  return sensitivities.slice(0, 3 + 3 * order);
}

/** A record with a getter per sensitivity: `read` is asked for its module number on every access. */
export function columnsOf<O extends Order>(
  order: O,
  read: (sensitivity: number) => Float64Array,
): Columns<O> {
  const columns = {} as Record<SensitivityOf<O>, Float64Array>;
  sensitivitiesOf(order).forEach((name, i) => {
    Object.defineProperty(columns, name, { get: () => read(i), enumerable: true });
  });
  return columns;
}

/** Values by sensitivity, the order of the array. An object of one shape: a book is asked on every tick. */
export function recordOf<O extends Order>(order: O, v: Float64Array): Record<SensitivityOf<O>, number> {
  const record =
    order === 1
      ? { price: v[0], delta: v[1], gamma: v[2], vega: v[3], theta: v[4], rho: v[5] }
      : order === 2
        ? {
            price: v[0],
            delta: v[1],
            gamma: v[2],
            vega: v[3],
            theta: v[4],
            rho: v[5],
            vanna: v[6],
            volga: v[7],
            charm: v[8],
          }
        : {
            price: v[0],
            delta: v[1],
            gamma: v[2],
            vega: v[3],
            theta: v[4],
            rho: v[5],
            vanna: v[6],
            volga: v[7],
            charm: v[8],
            speed: v[9],
            zomma: v[10],
            color: v[11],
          };
  return record as Record<SensitivityOf<O>, number>;
}
