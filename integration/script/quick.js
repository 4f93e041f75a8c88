/** Answers with the data. */
function handle(event) {
  return [{ to: 'out', key: undefined, contentType: undefined, headers: [], data: event.data }];
}

export const handler = { handle };
