type Write = typeof process.stdout.write;

/** Records what the process prints, and passes it on. */
export class Printed {
  text = '';
  readonly #ends = [process.stdout, process.stderr].map((stream) => this.#listenTo(stream));

  end(): void {
    for (const end of this.#ends) end();
  }

  #listenTo(stream: NodeJS.WriteStream): () => void {
    const { write } = stream;
    const listening = (...given: Parameters<Write>): boolean => {
      this.text += String(given[0]);
      return write.apply(stream, given);
    };
    stream.write = listening as Write;
    return () => {
      stream.write = write;
    };
  }
}
