/**
 * Answers requests one after the other, each with one answer: what fails is answered too, and the next one is none the
 * worse. A promise that a failure breaks would leave every later request without an answer.
 * @param answer - makes the answer; what it throws is a failure
 * @param failed - the answer that says so
 * @param send - delivers an answer; where it throws, so that `failed` goes instead
 * @returns takes a request, and settles when that is answered
 */
export function inTurn<Request, Response>(
  answer: (request: Request) => Response | Promise<Response>,
  failed: (request: Request, message: string) => Response,
  send: (response: Response) => void,
): (request: Request) => Promise<void> {
  let turn: Promise<void> = Promise.resolve();
  return (request) => {
    turn = turn.then(async () => {
      try {
        send(await answer(request));
      } catch (error) {
        send(failed(request, error instanceof Error ? error.message : String(error)));
      }
    });
    return turn;
  };
}
