import http from 'node:http';
import https from 'node:https';
import type { Socket } from 'node:net';

/** What one read takes from a connection at most. The parser copies 256 kB into memory that is new to the system each time. */
const READ_BYTES = 64 * 1024;

/** The agents of a client: they keep their connections. */
export interface Agents {
  readonly 'http:': http.Agent;
  readonly 'https:': https.Agent;
}

/**
 * Makes agents whose connections are read into one buffer each. Node's own way is a new buffer for every read, which is
 * left to the garbage collector as soon as its HTTP parser has copied the body's bytes out of it.
 */
export function createAgents(options: http.AgentOptions): Agents {
  return { 'http:': withOwnBuffers(new http.Agent(options)), 'https:': withOwnBuffers(new https.Agent(options)) };
}

function withOwnBuffers<A extends http.Agent>(agent: A): A {
  const create = agent.createConnection.bind(agent);
  agent.createConnection = (options, callback) => {
    const buffer = Buffer.allocUnsafeSlow(READ_BYTES);
    const onread = {
      buffer,
      callback: (count: number): boolean => {
        socket.emit('data', buffer.subarray(0, count));
        return true;
      },
    };
    const socket = create({ ...options, onread } as typeof options, callback) as Socket;
    return socket;
  };
  return agent;
}
