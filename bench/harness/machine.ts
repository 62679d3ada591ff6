/** Where and with what a run was made. */
import { readFileSync } from 'node:fs';
import { arch, cpus, platform, totalmem } from 'node:os';

/** The facts of the machine that a reader needs to place the figures. */
export function machineFacts(): string[][] {
  const processors = cpus();
  return [
    ['processor', `${processors[0]?.model.trim() ?? 'unknown'} (${arch()}), ${processors.length} cores`],
    ['memory', `${Math.round(totalmem() / 2 ** 30)} GiB`],
    ['system', platform()],
    ['Node', `${process.version} (V8 ${process.versions.v8})`],
  ];
}

/** The versions of packages that took part. */
export function packageVersions(names: readonly string[]): string[][] {
  return names.map((name) => [name, versionOf(name)]);
}

function versionOf(name: string): string {
  const manifest = new URL(`../../node_modules/${name}/package.json`, import.meta.url);
  return (JSON.parse(readFileSync(manifest, 'utf8')) as { version: string }).version;
}
