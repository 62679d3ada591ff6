/** Text that comes in pieces, cut anywhere: of strings, or of UTF-8 bytes as files and the network give them. */
export type TextSource =
  | string
  | Iterable<string | Uint8Array>
  | AsyncIterable<string | Uint8Array>
  | ReadableStream<string>
  | ReadableStream<Uint8Array>;

/**
 * The pieces of a source as text. A source that is left early is told so: a stream is cancelled, an iterator returned.
 *
 * @throws TypeError where the source is none
 */
export async function* readChunks(source: TextSource): AsyncGenerator<string, void, void> {
  const decoder = new TextDecoder();
  for await (const chunk of iterate(source)) {
    yield typeof chunk === 'string' ? chunk : decoder.decode(chunk, { stream: true });
  }
  yield decoder.decode();
}

function iterate(source: TextSource): AsyncIterable<string | Uint8Array> | Iterable<string | Uint8Array> {
  if (typeof source === 'string') return [source];
  if (typeof source === 'object' && (source as unknown) !== null) {
    if (Symbol.asyncIterator in source || Symbol.iterator in source) return source as AsyncIterable<string>;
    if ('getReader' in source) return readStream(source);
  }
  throw new TypeError('source must be a text, a ReadableStream or an iterable of texts or bytes');
}

/** For hosts whose streams are not iterable. */
async function* readStream(
  stream: ReadableStream<string> | ReadableStream<Uint8Array>,
): AsyncGenerator<string | Uint8Array, void, void> {
  const reader = stream.getReader() as ReadableStreamDefaultReader<string | Uint8Array>;
  let isOver = false;
  try {
    for (;;) {
      const { done, value } = await reader.read();
      isOver = done;
      if (done) return;
      yield value;
    }
  } finally {
    if (!isOver) await reader.cancel();
    reader.releaseLock();
  }
}
