// Connects libraries and proxies from npm to the server, for real.sh: each lists the
// tools and calls one, over every transport that it has.
//
//   node libraries.mjs BINARY URL    from the directory that has the node_modules
//
// BINARY runs on its sandbox; URL is a server's /mcp, for which the environment has a
// key. Prints a line each: ok, FAIL or none, the package, its version, the transport.
import { spawn } from 'node:child_process'
import fs from 'node:fs'
import net from 'node:net'

const [binary, url] = process.argv.slice(2)
const tool = 'dashboards-list'
const authorization = `Bearer ${process.env.POSTHOG_PERSONAL_API_KEY}`
const requestInit = { headers: { authorization } }
const stdio = { command: binary, args: ['stdio', '--sandbox'] }
const http = { url }
const sse = { url: url.replace(/mcp$/, 'sse') }
const node = (script, ...args) => ({ command: process.execPath, args: [`node_modules/${script}`, ...args] })

// connect1 has the client of the SDK's major version 1, and connect2 that of version 2,
// which also speaks the newest revision.
async function connect1(at) {
  const { Client } = await import('@modelcontextprotocol/sdk/client/index.js')
  const { StdioClientTransport } = await import('@modelcontextprotocol/sdk/client/stdio.js')
  const { StreamableHTTPClientTransport } = await import('@modelcontextprotocol/sdk/client/streamableHttp.js')
  const { SSEClientTransport } = await import('@modelcontextprotocol/sdk/client/sse.js')
  const Remote = at.url?.endsWith('/sse') ? SSEClientTransport : StreamableHTTPClientTransport
  return speak(new Client({ name: 'check', version: '1' }), at.url ? new Remote(new URL(at.url), { requestInit }) : new StdioClientTransport({ stderr: 'ignore', ...at }))
}

const connect2 = (mode) => async (at) => {
  const { Client, StreamableHTTPClientTransport } = await import('@modelcontextprotocol/client')
  const { StdioClientTransport } = await import('@modelcontextprotocol/client/stdio')
  const client = new Client({ name: 'check', version: '1' }, { versionNegotiation: { mode } })
  return speak(client, at.url ? new StreamableHTTPClientTransport(new URL(at.url), { requestInit }) : new StdioClientTransport({ stderr: 'ignore', ...at }))
}

async function speak(client, transport) {
  await client.connect(transport)
  try {
    const { tools } = await client.listTools()
    return [tools.map((t) => t.name), await client.callTool({ name: tool, arguments: {} })]
  } finally {
    await client.close()
  }
}

async function inspector(at) {
  const cli = (...args) => run(node('@modelcontextprotocol/inspector/clients/launcher/build/index.js', '--cli',
    ...(at.url ? [at.url, '--transport', 'http', '--header', `Authorization: ${authorization}`] : [at.command, ...at.args]), ...args))
  const { tools } = JSON.parse(await cli('--method', 'tools/list'))
  return [tools.map((t) => t.name), await cli('--method', 'tools/call', '--tool-name', tool)]
}

async function langchain(at) {
  const { MultiServerMCPClient } = await import('@langchain/mcp-adapters')
  const server = at.url ? { transport: 'http', url: at.url, headers: requestInit.headers } : { transport: 'stdio', ...at }
  const client = new MultiServerMCPClient({ mcpServers: { posthog: server } })
  const tools = await client.getTools()
  const answer = await tools.find((t) => t.name === tool).invoke({})
  await client.close()
  return [tools.map((t) => t.name), answer]
}

// vercel's AI SDK makes the call that its model asks for.
async function vercel(at) {
  const { generateText } = await import('ai')
  const { MockLanguageModelV4 } = await import('ai/test')
  const { createMCPClient } = await import('@ai-sdk/mcp')
  const { Experimental_StdioMCPTransport: Stdio } = await import('@ai-sdk/mcp/mcp-stdio')
  const client = await createMCPClient({ transport: at.url ? { type: 'http', url: at.url, headers: requestInit.headers } : new Stdio(at) })
  const asks = [{ type: 'tool-call', toolCallId: '1', toolName: tool, input: '{}' }]
  const model = new MockLanguageModelV4({
    doGenerate: { content: asks, finishReason: { unified: 'tool-calls' }, usage: { inputTokens: {}, outputTokens: {} }, warnings: [] },
  })
  const { toolResults } = await generateText({ model, tools: await client.tools(), prompt: 'List the dashboards.' })
  await client.close()
  return [model.doGenerateCalls[0].tools.map((t) => t.name), toolResults]
}

async function openai(at) {
  const { MCPServerStdio, MCPServerStreamableHttp } = await import('@openai/agents')
  const server = at.url ? new MCPServerStreamableHttp({ url: at.url, requestInit }) : new MCPServerStdio(at)
  await server.connect()
  const tools = await server.listTools()
  const answer = await server.callTool(tool, {})
  await server.close()
  return [tools.map((t) => t.name), answer]
}

async function mastra(at) {
  const { MCPClient } = await import('@mastra/mcp')
  const client = new MCPClient({ servers: { posthog: at.url ? { url: new URL(at.url), requestInit } : at } })
  const tools = await client.listTools()
  const answer = await tools[`posthog_${tool}`].execute({})
  await client.disconnect()
  return [Object.keys(tools).map((name) => name.replace('posthog_', '')), answer]
}

// behind starts a proxy that serves HTTP in front of a stdio server.
const behind = (command) => async (at) => {
  const port = await freePort()
  const { command: program, args } = command(at, port)
  const proxy = spawn(program, args, { stdio: 'ignore' })
  try {
    await listening(port)
    return await connect1({ url: `http://127.0.0.1:${port}/mcp` })
  } finally {
    proxy.kill()
  }
}

// A row each: package, transport, what connects, and to which end of the server.
const rows = [
  ['@modelcontextprotocol/sdk', 'stdio', connect1, stdio],
  ['@modelcontextprotocol/sdk', 'http', connect1, http],
  ['@modelcontextprotocol/sdk', 'sse', connect1, sse],
  ['@modelcontextprotocol/client', 'stdio', connect2({ pin: '2026-07-28' }), stdio],
  ['@modelcontextprotocol/client', 'http', connect2({ pin: '2026-07-28' }), http],
  ['@modelcontextprotocol/client', 'stdio-legacy', connect2('legacy'), stdio],
  ['@modelcontextprotocol/client', 'http-legacy', connect2('legacy'), http],
  ['@modelcontextprotocol/inspector', 'stdio', inspector, stdio],
  ['@modelcontextprotocol/inspector', 'http', inspector, http],
  ['@langchain/mcp-adapters', 'stdio', langchain, stdio],
  ['@langchain/mcp-adapters', 'http', langchain, http],
  ['ai', 'stdio', vercel, stdio],
  ['ai', 'http', vercel, http],
  ['@ai-sdk/mcp', 'stdio', vercel, stdio],
  ['@ai-sdk/mcp', 'http', vercel, http],
  ['@openai/agents', 'stdio', openai, stdio],
  ['@openai/agents', 'http', openai, http],
  ['@mastra/mcp', 'stdio', mastra, stdio],
  ['@mastra/mcp', 'http', mastra, http],
  ['mcp-remote', 'http', connect1, node('mcp-remote/dist/proxy.js', url, '--header', `Authorization: ${authorization}`)],
  ['supergateway', 'stdio', behind((at, port) => node('supergateway/dist/index.js', '--stdio', [at.command, ...at.args].join(' '),
    '--outputTransport', 'streamableHttp', '--port', port)), stdio],
  ['supergateway', 'http', connect1, node('supergateway/dist/index.js', '--streamableHttp', url, '--header', `Authorization: ${authorization}`)],
  ['mcp-proxy', 'stdio', behind((at, port) => node('mcp-proxy/dist/bin/mcp-proxy.mjs', '--host', '127.0.0.1', '--port', port, '--', at.command, ...at.args)), stdio],
]

function run({ command, args }) {
  return new Promise((resolve, reject) => {
    const process = spawn(command, args, { stdio: ['ignore', 'pipe', 'pipe'] })
    let out = '', said = ''
    process.stdout.on('data', (data) => { out += data })
    process.stderr.on('data', (data) => { said += data })
    process.on('close', (code) => (code === 0 ? resolve(out) : reject(new Error(said || out))))
  })
}

const freePort = () => new Promise((resolve) => {
  const server = net.createServer().listen(0, '127.0.0.1', () => {
    const { port } = server.address()
    server.close(() => resolve(String(port)))
  })
})

async function listening(port) {
  for (let tries = 0; tries < 300; tries++) {
    const open = await new Promise((resolve) => {
      const socket = net.connect(Number(port), '127.0.0.1', () => { socket.destroy(); resolve(true) }).on('error', () => resolve(false))
    })
    if (open) return
    await new Promise((resolve) => setTimeout(resolve, 100))
  }
  throw new Error('the proxy does not listen')
}

const limit = 60_000
let failed = false
for (const [name, way, connect, at] of rows) {
  const file = `node_modules/${name}/package.json`
  if (!fs.existsSync(file)) {
    console.log(`none ${name} - ${way}: npm does not serve it here`)
    continue
  }
  const row = `${name} ${JSON.parse(fs.readFileSync(file)).version} ${way}`
  const late = setTimeout(() => { console.log(`FAIL ${row}: no answer in ${limit} ms`); process.exit(1) }, limit)
  try {
    const [names, answer] = await connect(at)
    const text = JSON.stringify(answer)
    if (!names.includes(tool) || !text.includes('Growth weekly')) throw new Error(`tools ${names}, answer ${text}`.slice(0, 1000))
    console.log(`ok ${row}`)
  } catch (error) {
    failed = true
    console.log(`FAIL ${row}: ${String(error).replaceAll('\n', ' ')}`)
  }
  clearTimeout(late)
}
process.exit(failed ? 1 : 0)
