/** Goldfarb and Idnani's dual method; every array starts at index 1. */
declare module 'quadprog' {
  const quadprog: {
    /** Minimises 1/2 x'Dx - d'x subject to A'x >= b, the first `equalities` of them as equalities. D is overwritten. */
    solveQP(
      D: number[][],
      d: number[],
      A: number[][],
      b: number[],
      equalities?: number,
    ): { solution: number[]; value: number[]; message: string };
  };
  export default quadprog;
}
