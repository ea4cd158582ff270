// Records what upstream's stack says to the corpus: reads graphql_js.json, runs every case and writes the answers back.
//
//   mkdir /tmp/record && cd /tmp/record
//   npm install graphql@16.15 graphql-yoga@5 @graphql-yoga/plugin-defer-stream@3 graphql-scalars@1 @graphql-tools/schema
//   cp .../testdata/record.mjs . && node record.mjs .../testdata .../schema/schema.graphql
//
// A case is { schema, query, operationName?, variables?, golden? }, schema being "kitchen" (kitchen.graphql beside this file)
// or "upstream", golden the name of the golden that has the same request. The script adds `errors`, as they stand in the response, or `coerced`, the variables a resolver saw.
import { readFileSync, writeFileSync } from "node:fs";
import { makeExecutableSchema } from "@graphql-tools/schema";
import { useDeferStream } from "@graphql-yoga/plugin-defer-stream";
import { GraphQLDateTimeISO, GraphQLJSON, GraphQLJSONObject } from "graphql-scalars";
import { createYoga } from "graphql-yoga";

const [folder, upstream] = process.argv.slice(2);
let seen;
const scalars = { DateTimeISO: GraphQLDateTimeISO, JSON: GraphQLJSON, JSONObject: GraphQLJSONObject };

function serve(file) {
  const schema = makeExecutableSchema({ typeDefs: readFileSync(file, "utf8"), resolvers: scalars });
  for (const root of [schema.getQueryType(), schema.getMutationType()]) {
    for (const field of Object.values(root.getFields())) {
      field.resolve = (_root, _args, _context, info) => {
        seen = info.variableValues;
        return null;
      };
    }
  }
  return createYoga({ schema, plugins: [useDeferStream()], maskedErrors: false, logging: false });
}

const servers = { kitchen: serve(`${folder}/kitchen.graphql`), upstream: serve(upstream) };
const file = `${folder}/graphql_js.json`;
const corpus = JSON.parse(readFileSync(file, "utf8"));
for (const one of corpus) {
  const { schema, query, operationName, variables } = one;
  seen = undefined;
  const response = await servers[schema].fetch("http://localhost/graphql", {
    method: "POST",
    headers: { "content-type": "application/json", accept: "application/json" },
    body: JSON.stringify({ query, operationName, variables }),
  });
  // A valid document that defers or streams is not acceptable as JSON.
  const { errors = [] } = response.status === 406 ? {} : await response.json();
  // What has a path went wrong while executing, which is not the question here.
  const refused = errors.filter((error) => error.path === undefined);
  delete one.errors;
  delete one.coerced;
  if (refused.length > 0) one.errors = refused;
  else if (seen !== undefined && variables !== undefined) one.coerced = seen;
}
writeFileSync(file, `[\n${corpus.map((one) => JSON.stringify(one)).join(",\n")}\n]\n`);
