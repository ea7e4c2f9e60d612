// Judges an answer that the Inspector printed. The first argument says which:
// a list of tools, or the result of a call; the second is a file with what the
// command itself says. Exits with 1 and a reason when they differ.
import { readFileSync } from 'node:fs';
import { isDeepStrictEqual } from 'node:util';

const [kind, expectedFile] = process.argv.slice(2);
const expected = JSON.parse(readFileSync(expectedFile, 'utf8'));
const answer = JSON.parse(readFileSync(0, 'utf8'));

const judges = {
  list({ tools }) {
    if (tools.length === 0) return 'no tools';
    const byName = new Map(expected.tools.map((tool) => [tool.name, tool]));
    const strange = tools.find((tool) => !isDeepStrictEqual(tool, byName.get(tool.name)));
    if (strange) return `${strange.name} is not what "posthog-mcp tools" says`;
    if (tools.length !== byName.size) return `${tools.length} tools instead of ${byName.size}`;
  },
  call({ isError, content, structuredContent }) {
    if (isError) return content[0].text;
    if (!isDeepStrictEqual(structuredContent, expected)) return 'structuredContent is not what "posthog-mcp call" says';
    if (!isDeepStrictEqual(JSON.parse(content[0].text), expected)) return 'the text is not what "posthog-mcp call" says';
  },
};

const reason = judges[kind](answer);
if (reason) {
  console.error(reason);
  process.exit(1);
}
