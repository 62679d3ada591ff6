import { readFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';

/** A site on this machine. */
export interface Site {
  readonly url: string;
  close(): Promise<void>;
}

/** Serves a page at `/` and the files of a folder beside it, all with the headers. */
export async function serve(
  folder: string,
  page: string,
  headers: Record<string, string> = {},
): Promise<Site> {
  const server = createServer((request, response) => {
    const path = request.url ?? '/';
    const type = path.endsWith('.js') ? 'text/javascript' : 'text/html';
    const body = path === '/' ? Promise.resolve(page) : readFile(join(folder, path));
    body.then(
      (content) => response.writeHead(200, { 'content-type': type, ...headers }).end(content),
      () => response.writeHead(404).end(),
    );
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/`,
    close: () =>
      new Promise((resolve) => {
        server.close(() => {
          resolve();
        });
        server.closeAllConnections();
      }),
  };
}
