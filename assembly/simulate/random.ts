/**
 * Random numbers that are the same to the bit on every host: xoshiro256** 1.0 (Blackman and Vigna 2021, Scrambled
 * linear pseudorandom number generators, ACM TOMS 47) with its state spread by SplitMix64 (Steele, Lea and Flood 2014);
 * normals by Marsaglia's polar method (Marsaglia and Bray 1964), two at a time.
 */
import { exp, logRatio } from '../math/scalar';


@unmanaged
export class Random {
  s0: u64;
  s1: u64;
  s2: u64;
  s3: u64;
  /** The second normal of a pair, where `hasSpare` is not 0. */
  spare: f64;
  hasSpare: f64;
}

/* eslint no-loss-of-precision: off -- words of 64 bits, not doubles */
const GOLDEN: u64 = 0x9e3779b97f4a7c15;
/** 2^-53: the 53 upper bits of a word become a double in [0, 1). */
const ULP: f64 = 1.1102230246251565e-16;

/** The finaliser of SplitMix64. */
function mix(x: u64): u64 {
  let z = x;
  z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9;
  z = (z ^ (z >> 27)) * 0x94d049bb133111eb;
  return z ^ (z >> 31);
}

/** Starts one of the streams of a seed. Both are mixed: neighbouring seeds and streams have nothing in common. */
export function seed(random: Random, number: u64, stream: u64): void {
  const start = mix(mix(number + GOLDEN) + stream * GOLDEN);
  random.s0 = mix(start + GOLDEN);
  random.s1 = mix(start + 2 * GOLDEN);
  random.s2 = mix(start + 3 * GOLDEN);
  random.s3 = mix(start + 4 * GOLDEN);
  random.hasSpare = 0;
}

function nextWord(random: Random): u64 {
  const result = rotl<u64>(random.s1 * 5, 7) * 9;
  const shifted = random.s1 << 17;
  random.s2 ^= random.s0;
  random.s3 ^= random.s1;
  random.s1 ^= random.s2;
  random.s0 ^= random.s3;
  random.s2 ^= shifted;
  random.s3 = rotl<u64>(random.s3, 45);
  return result;
}

/** Uniform in [0, 1). */
export function uniform(random: Random): f64 {
  return <f64>(nextWord(random) >> 11) * ULP;
}

/** Of mean 0 and variance 1. */
export function normal(random: Random): f64 {
  if (random.hasSpare != 0) {
    random.hasSpare = 0;
    return random.spare;
  }
  while (true) {
    const x = 2 * uniform(random) - 1;
    const y = 2 * uniform(random) - 1;
    const s = x * x + y * y;
    if (s >= 1 || s == 0) continue;
    const factor = sqrt<f64>((-2 * logRatio(s, 1)) / s);
    random.spare = y * factor;
    random.hasSpare = 1;
    return x * factor;
  }
}

/** How many events of a Poisson process of that mean (Knuth, TAOCP 2, section 3.4.1, algorithm Q). */
export function poisson(random: Random, mean: f64): i32 {
  const least = exp(-mean);
  let count = 0;
  for (let product = uniform(random); product > least; product *= uniform(random)) count++;
  return count;
}
