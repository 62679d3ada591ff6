import {
  deltaBand,
  fixedInterval,
  greekByGreek,
  solverPolicy,
  unhedged,
  whalleyWilmott,
  type Trigger,
} from 'greekfire/rebalance';
import { expect, test } from 'vitest';

const solve = { riskAversion: 1e-3, horizon: 1000, risk: { volatility: 0.5 } };

test.each<[() => unknown, ErrorConstructor, string]>([
  [() => fixedInterval(-1), RangeError, 'every must be positive, got -1'],
  [() => fixedInterval(0), RangeError, 'every must be positive, got 0'],
  [() => fixedInterval('1' as never), TypeError, "every must be a number, got '1'"],
  [() => deltaBand(NaN), RangeError, 'halfWidth must be finite, got NaN'],
  [() => deltaBand(-1), RangeError, 'halfWidth must not be negative, got -1'],
  [() => whalleyWilmott(-1), RangeError, 'riskAversion must be positive, got -1'],
  [() => whalleyWilmott(Infinity), RangeError, 'riskAversion must be finite, got Infinity'],
  [() => greekByGreek(-1, []), RangeError, 'every must be positive, got -1'],
  [() => greekByGreek(1, {} as never), TypeError, 'steps must be an array, got an object'],
  [() => greekByGreek(1, [undefined as never]), TypeError, 'steps[0] must be an object, got undefined'],
  [() => greekByGreek(1, new Array<never>(1)), TypeError, 'steps[0] must be an object, got undefined'],
  [
    () => greekByGreek(1, [{ sensitivity: 'delta', instrument: -1 }]),
    RangeError,
    'steps[0].instrument must be an integer in [0, 65535], got -1',
  ],
  [
    () => greekByGreek(1, [{ sensitivity: 'rho' as never, instrument: 0 }]),
    RangeError,
    'steps[0].sensitivity must be',
  ],
  [() => solverPolicy({} as never), TypeError, 'action.riskAversion must be a number, got undefined'],
  [() => solverPolicy(null as never), TypeError, 'action must be an object, got null'],
  [() => solverPolicy({ ...solve, horizon: 0 }), RangeError, 'action.horizon must be positive, got 0'],
  [
    () => solverPolicy({ ...solve, risk: { volatility: 0.5, correlation: 2 } }),
    RangeError,
    'action.risk.correlation must be in [-1, 1], got 2',
  ],
  [() => solverPolicy({ ...solve, risk: undefined as never }), TypeError, 'action.risk must be an object'],
  [
    () => solverPolicy({ ...solve, intents: new Array<never>(1) }),
    TypeError,
    'action.intents[0] must be an object, got undefined',
  ],
  [
    () => solverPolicy(solve, [{ kind: 'time', every: -1 }]),
    RangeError,
    'triggers[0].every must be positive, got -1',
  ],
  [
    () => solverPolicy(solve, new Array<Trigger>(2)),
    TypeError,
    'triggers[0] must be an object, got undefined',
  ],
  [() => solverPolicy(solve, null as never), TypeError, 'triggers must be an array, got null'],
])('a policy that is none is refused where it is made: %#', (make, kind, message) => {
  expect(make).toThrow(kind);
  expect(make).toThrow(message);
});

test('what they are made of is what they hold', () => {
  expect(unhedged().action.kind).toBe('none');
  expect(fixedInterval(5).triggers).toEqual([{ kind: 'time', every: 5 }]);
  expect(solverPolicy(solve).action).toEqual({ kind: 'solve', ...solve });
});
