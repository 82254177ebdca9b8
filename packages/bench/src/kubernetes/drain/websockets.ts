const reconnectPauseMs = 100;

export interface Tick {
  readonly client: number;
  readonly at: number;
  readonly color: string;
}

export interface Close {
  readonly client: number;
  readonly at: number;
  /** 1001: the server said that it goes away. 1006: the connection ended without a close frame. */
  readonly code: number;
  /** It had been open: `false` is a connection that could not be made. */
  readonly opened: boolean;
}

/** Clients that hold one websocket each and, when it closes, open another one at once. */
export class WebsocketClients {
  readonly ticks: Tick[] = [];
  readonly closes: Close[] = [];
  private readonly url: string;
  private readonly sockets: (WebSocket | undefined)[] = [];
  private stopped = false;

  constructor({ url, clients }: { url: string; clients: number }) {
    this.url = `${url.replace(/^http/, "ws")}/ws?ms=100`;
    for (let client = 0; client < clients; client++) this.open(client);
  }

  stop(): void {
    this.stopped = true;
    for (const socket of this.sockets) socket?.close();
  }

  private open(client: number): void {
    const socket = new WebSocket(this.url);
    this.sockets[client] = socket;
    let opened = false;
    socket.onopen = () => {
      opened = true;
    };
    socket.onmessage = ({ data }) => {
      const { color } = JSON.parse(String(data)) as { color: string };
      this.ticks.push({ client, at: Date.now(), color });
    };
    socket.onclose = ({ code }) => {
      if (this.stopped) return;
      this.closes.push({ client, at: Date.now(), code, opened });
      if (opened) this.open(client);
      else setTimeout(() => !this.stopped && this.open(client), reconnectPauseMs);
    };
  }
}
