import type {
  PrefectSocket,
  SocketClose,
  SocketOpener,
  SocketOpening,
} from '../../../../src/orchestrators/prefect/sockets/prefect-socket.js';

/** The server's end of an in-memory socket. */
export class FakeSocket implements PrefectSocket {
  onFrame: (text: string) => void = () => {};
  readonly sent: Record<string, unknown>[] = [];
  readonly closed: Promise<SocketClose>;
  isOpen = true;
  /** True: nothing responds any more. */
  isDeaf = false;
  pings = 0;
  #close: (close: SocketClose) => void = () => {};

  constructor(readonly opening: SocketOpening) {
    this.closed = new Promise((resolve) => {
      this.#close = resolve;
    });
  }

  async send(frame: unknown): Promise<void> {
    if (!this.isOpen) throw new Error('not open');
    this.sent.push(structuredClone(frame) as Record<string, unknown>);
  }

  async ping(): Promise<void> {
    if (!this.isOpen) throw new Error('not open');
    this.pings += 1;
    if (!this.isDeaf) return;
    const { code } = await this.closed;
    throw new Error(`no pong: closed with ${code}`);
  }

  close(code = 1000, reason = ''): void {
    this.isOpen = false;
    this.#close({ code, reason });
  }

  /** A frame from the server. */
  receive(frame: unknown): void {
    this.onFrame(typeof frame === 'string' ? frame : JSON.stringify(frame));
  }
}

/** Opens fake sockets and keeps them; `refuse` decides which do not open. */
export class FakeSockets {
  readonly sockets: FakeSocket[] = [];
  openings = 0;

  constructor(private readonly refuse: (opening: SocketOpening, index: number) => Error | null = () => null) {}

  open: SocketOpener = async (opening) => {
    opening.signal?.throwIfAborted();
    const refusal = this.refuse(opening, this.openings);
    this.openings += 1;
    if (refusal) throw refusal;
    const socket = new FakeSocket(opening);
    this.sockets.push(socket);
    return socket;
  };

  get last(): FakeSocket {
    const socket = this.sockets.at(-1);
    if (!socket) throw new Error('no socket was opened');
    return socket;
  }
}
