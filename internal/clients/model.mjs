// A model of Gemini on loopback, for real.sh: it refuses what Gemini refuses of
// tools, asks for one call, and ends when it has the answer.
//
//   node model.mjs DIRECTORY TOOL ARGUMENTS
//
// DIRECTORY gets the file "port" when it listens, and "answer" with what the
// call came to, or with what is wrong with the tools.
import fs from 'node:fs'
import http from 'node:http'

const [directory, tool, args] = process.argv.slice(2)
const write = (name, text) => fs.writeFileSync(`${directory}/${name}`, text)

// wrong says where a schema has what Gemini takes for no schema: more than one
// type, or an enum with a value that is empty or no string.
function wrong(schema, path) {
  if (Array.isArray(schema.type)) return `${path}: type is a list`
  if (schema.enum?.some((value) => typeof value !== 'string' || value === '')) return `${path}: enum has an empty value`
  const below = Object.entries(schema.properties ?? {})
  if (schema.items) below.push(['items', schema.items])
  return below.map(([name, child]) => wrong(child, `${path}.${name}`)).find(Boolean)
}

function answer(request) {
  const declared = (request.tools ?? []).flatMap((t) => t.functionDeclarations ?? [])
  const problem = declared.map((f) => wrong(f.parametersJsonSchema ?? {}, f.name)).find(Boolean)
  if (problem) {
    write('answer', problem)
    return [400, { error: { code: 400, status: 'INVALID_ARGUMENT', message: problem } }]
  }
  const parts = request.contents.flatMap((c) => c.parts)
  const response = parts.find((p) => p.functionResponse)
  if (response) write('answer', JSON.stringify(response.functionResponse.response))
  const part = response ? { text: 'Done.' } : { functionCall: { name: tool, args: JSON.parse(args) } }
  return [200, { candidates: [{ index: 0, content: { role: 'model', parts: [part] }, finishReason: 'STOP' }] }]
}

http.createServer(async (request, response) => {
  let body = ''
  for await (const chunk of request) body += chunk
  const [status, result] = answer(JSON.parse(body))
  const stream = status === 200 && request.url.includes('stream')
  response.writeHead(status, { 'Content-Type': stream ? 'text/event-stream' : 'application/json' })
  response.end(stream ? `data: ${JSON.stringify(result)}\r\n\r\n` : JSON.stringify(result))
}).listen(0, '127.0.0.1', function () { write('port', String(this.address().port)) })
