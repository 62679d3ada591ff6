/**
 * What the module exports: addresses are byte offsets into its memory, flags are 0 or 1, an index that is returned is
 * -1 where there is none, an address 0 where memory is exhausted. A test compares the names with the module's own.
 */
export interface Abi {
  readonly memory: WebAssembly.Memory;

  take(bytes: number): number;
  give(at: number): void;
  reserve(bytes: number): number;
  bytesInUse(): number;

  batchCreate(capacity: number, order: number, forward: number, inverse: number, model: number): number;
  batchInput(batch: number, column: number): number;
  batchResult(batch: number, sensitivity: number): number;
  batchEvaluate(batch: number, rows: number): void;

  impliedCreate(capacity: number, forward: number): number;
  impliedColumn(quotes: number, column: number): number;
  impliedSolve(quotes: number, rows: number, normal: number, inverse: number, warm: number): void;

  chainCreate(expiries: number, rows: number, order: number): number;
  chainGive(chain: number): void;
  chainForward(chain: number): number;
  chainYears(chain: number): number;
  chainVarianceYears(chain: number): number;
  chainPace(chain: number): number;
  chainRate(chain: number): number;
  chainOffset(chain: number): number;
  chainStrike(chain: number): number;
  chainVolatility(chain: number): number;
  chainResult(chain: number, sensitivity: number, put: number): number;
  chainTakeCoin(chain: number): number;
  chainCoin(chain: number): void;
  chainCoinResult(chain: number, sensitivity: number, put: number): number;
  chainIndex(chain: number, expiry: number, strike: number): number;
  chainPrepare(chain: number): number;
  chainRetime(chain: number): void;
  chainRevert(chain: number): void;
  chainAdvance(chain: number, years: number): void;
  chainTick(chain: number): number;

  bookCreate(chain: number, underlyings: number): number;
  bookGive(book: number): void;
  bookUnderlying(book: number): number;
  bookAdd(book: number, cell: number, size: number): number;
  bookResize(book: number, position: number, size: number): void;
  bookIsPriced(book: number, position: number): number;
  bookExpose(book: number, coin: number, adjusted: number): void;
  bookExposure(book: number, sensitivity: number): number;
  bookTotal(book: number, underlying: number): number;

  snapshotCreate(book: number): number;
  snapshotExplain(snapshot: number): number;

  bindingCreate(instruments: number, exposures: number): number;
  bindingInstrument(binding: number, i: number, cell: number, place: number): void;
  bindingRow(
    binding: number,
    k: number,
    sensitivity: number,
    expiry: number,
    underlying: number,
    scale: number,
  ): void;
  bindingRead(binding: number, book: number, sensitivityAt: number, exposureAt: number): number;

  hedgerCreate(instruments: number, exposures: number, levels: number): number;
  hedgerStage(hedger: number, field: number): number;
  hedgerField(hedger: number, field: number): number;
  hedgerCheck(hedger: number, field: number, mask: number): number;
  hedgerCommit(hedger: number, mask: number): void;
  hedgerSolve(
    hedger: number,
    tolerance: number,
    maxIterations: number,
    options: number,
    maxInstruments: number,
  ): number;
  hedgerTrades(hedger: number): number;
  hedgerExposure(hedger: number): number;
  hedgerMultipliers(hedger: number): number;
  hedgerRay(hedger: number): number;
  hedgerFigures(hedger: number): number;

  manyCreate(hedger: number, count: number, mask: number): number;
  manyInput(many: number, field: number): number;
  manyCheck(many: number, field: number): number;
  manySolve(
    many: number,
    tolerance: number,
    maxIterations: number,
    options: number,
    maxInstruments: number,
  ): void;
  manyResult(many: number, column: number): number;

  smileCreate(expiries: number, quotes: number, isParted: number): number;
  smileGive(smile: number): void;
  smileExpiry(smile: number, column: number): number;
  smileQuote(smile: number, column: number): number;
  smileReport(smile: number): number;
  smileFit(smile: number): number;
  smileSurface(smile: number): number;
  smileVolatility(
    smile: number,
    surface: number,
    years: number,
    forward: number,
    strikeAt: number,
    volatilityAt: number,
    rows: number,
  ): void;
  smileDensity(
    smile: number,
    surface: number,
    expiry: number,
    forward: number,
    strikeAt: number,
    densityAt: number,
    rows: number,
  ): void;

  followerCreate(smile: number, chain: number, rule: number, surface: number): number;
  followerGive(follower: number): void;
  followerMap(follower: number): number;
  followerColumn(follower: number, column: number): number;
  followerSums(follower: number): number;
  followerMark(follower: number): number;
  followerDelta(follower: number): void;
  followerSum(follower: number, book: number): number;
  followerExpose(follower: number, book: number, coin: number): number;

  quotesCreate(chain: number): number;
  quotesGive(quotes: number): void;
  quotesColumn(quotes: number, column: number): number;
  quotesVolatility(quotes: number): number;
  quotesMark(quotes: number): number;

  parityCreate(rows: number): number;
  parityGive(parity: number): void;
  paritySolve(parity: number, rows: number, coin: number, discount: number): void;

  scanCreate(book: number, spots: number, volatilities: number, times: number, grid: number): number;
  scanGive(scan: number): void;
  scanColumn(scan: number, column: number): number;
  scanBeta(scan: number): number;
  scanMeasureIn(scan: number, underlying: number, coin: number): void;
  scanMoveBy(
    scan: number,
    relative: number,
    exponent: number,
    longExponent: number,
    referenceYears: number,
    floorYears: number,
    least: number,
  ): void;
  scanCheck(scan: number, axis: number, length: number): number;
  scanCheckSpot(scan: number, underlying: number): number;
  scanPrepare(scan: number): void;
  scanRun(scan: number): number;
  scanValue(scan: number): number;
  scanPositions(scan: number): number;
  scanByPosition(scan: number): number;
  scanWorst(scan: number): number;
  scanTail(scan: number, level: number, shortfall: number): number;
  scanContribute(scan: number, to: number): void;
}

/** What the full module exports besides. */
export interface FullAbi extends Abi {
  smileDistribution(
    smile: number,
    surface: number,
    expiry: number,
    forward: number,
    strikeAt: number,
    probabilityAt: number,
    rows: number,
  ): void;

  payoffCreate(book: number, underlying: number, coin: number, premium: number, slippage: number): number;
  payoffProfit(payoff: number, today: number, spotAt: number, profitAt: number, rows: number): number;
  payoffSolve(payoff: number): number;
  payoffFigures(payoff: number): number;
  payoffProbability(payoff: number, below: number): number;
  legsCost(legs: number, count: number, coin: number, horizon: number, cost: number): void;
  legsPrice(legs: number, leg: number, basis: number): number;
  payoffRoots(payoff: number): number;
  payoffExpiry(payoff: number): number;

  accountCreate(book: number, chain: number, instruments: number, scenarios: number, rule: number): number;
  accountColumn(account: number, column: number): number;
  accountCash(account: number, cash: number): void;
  accountMeasure(account: number, ratio: number, shift: number, underlying: number): number;
  accountTry(account: number): number;
  accountLevel(account: number, isShift: number, underlying: number, step: number, end: number): number;

  unwindingCreate(account: number, levels: number, steps: number): number;
  unwindingLadder(unwinding: number, column: number): number;
  unwindingRun(unwinding: number, fraction: number, impact: number): number;

  limitedCreate(instruments: number, bound: number, rows: number): number;
  limitedColumn(problem: number, column: number): number;
  limitedSpread(problem: number): void;
  limitedCollect(problem: number, row: number, carry: number, years: number): void;
  limitCreate(problem: number, account: number, kind: number, first: number, room: number): number;
  limitScan(
    problem: number,
    first: number,
    room: number,
    scenarios: number,
    profit: number,
    unit: number,
  ): number;
  limitLosses(limit: number): number;
  limitMeasure(limit: number, trades: number): number;
  limitCut(limit: number, trades: number, count: number): void;

  simulatorCreate(): number;
  simulatorSeed(simulator: number, seed: number, stream: number): void;
  simulatorStep(simulator: number, years: number): void;
  marksCreate(rows: number): number;
  simulatorMark(simulator: number, marks: number, chain: number): void;

  deskCreate(book: number, binding: number, instruments: number, levels: number, underlying: number): number;
  deskGive(desk: number): void;
  partAt(object: number, part: number): number;
  partLength(object: number, part: number): number;
  deskRemember(desk: number): void;
  deskSettle(desk: number, funding: number): void;
  deskRead(desk: number): void;
  deskTakeVolatility(desk: number): number;
  deskCheck(desk: number): number;
  deskSizes(desk: number): number;
  deskQuote(desk: number, slope: number): void;
  deskFill(desk: number): void;
  deskSpot(desk: number): number;
  deskAim(desk: number, instrument: number, sensitivity: number, value: number): void;
  deskBand(desk: number, aversion: number): number;
  deskWeigh(desk: number, aversion: number, hold: number, years: number, fundingRate: number): void;
  deskMatch(desk: number): void;
  deskRest(desk: number, instant: number, patience: number, isDecided: number): number;
  deskLiquidate(desk: number, equity: number, required: number, rate: number): number;

  forecastReturn(from: number, to: number): number;
  forecastDecay(lambda: number, days: number): number;
  harCreate(short: number, middle: number, long: number, capacity: number): number;
  harUpdate(har: number, change: number, years: number): void;
  harForecast(har: number, horizon: number): number;
  jumpsCreate(lambda: number, threshold: number): number;
  jumpsUpdate(jumps: number, change: number, years: number): void;
  jumpsForecast(jumps: number): void;
  chainTermVolatility(chain: number, term: number): number;

  steeringCreate(
    desk: number,
    binding: number,
    intents: number,
    venues: number,
    scenarios: number,
    transfers: number,
  ): number;
  steeringGive(steering: number): void;
  steeringRemember(steering: number): void;
  steeringSettle(steering: number, funding: number): void;
  steeringBook(steering: number): void;
  steeringTransfer(steering: number, amounts: number): number;
  steeringCompose(steering: number, instant: number, spot: number): number;

  snapshotRevert(snapshot: number): void;

  comparisonCreate(policies: number, paths: number, resamples: number): number;
  comparisonRun(comparison: number, paths: number, tail: number, seed: number): void;
  comparisonSeries(comparison: number, policy: number, other: number, figure: number): void;
  comparisonFrontier(comparison: number, policy: number, members: number, kind: number): void;
  comparisonInterval(comparison: number, confidence: number): void;
  comparisonWorst(comparison: number, policy: number, paths: number): number;

  impliedForward(
    type: number,
    strike: number,
    years: number,
    volatility: number,
    price: number,
    coin: number,
    start: number,
  ): number;
  tapeCreate(expiries: number, rows: number, reach: number, marked: number): number;
  tapePart(tape: number, part: number): number;
  tapeTrade(
    tape: number,
    expiry: number,
    row: number,
    type: number,
    strike: number,
    instant: number,
    price: number,
    volatility: number,
    mark: number,
    index: number,
  ): number;
  tapeForwards(tape: number, instant: number): void;

  scanTakeSensitivities(scan: number): number;
  scanSensitivity(scan: number, sensitivity: number): number;
  scanFindSensitivities(scan: number): void;
}

/** The module of an object, which only the full one can serve. @throws Error where it is another */
export function requireFull(abi: Abi, what: string): FullAbi {
  if (!('payoffCreate' in abi))
    throw new Error(`${what} need the full module: make the core by greekfire/full`);
  return abi as FullAbi;
}
