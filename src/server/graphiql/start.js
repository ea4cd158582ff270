// Shows GraphiQL. A key that was given to the console in this tab goes along.
const endpoint = document.querySelector('meta[name="endpoint"]').content;
const key = sessionStorage.getItem("agui-runtime.key");
const headers = key === null ? {} : { authorization: /^(Bearer|Basic) /i.test(key) ? key : `Bearer ${key}` };
const fetcher = GraphiQL.createFetcher({ url: endpoint, headers });
const defaultQuery = "# Which agents are there?\n{\n  availableAgents {\n    agents {\n      name\n      description\n    }\n  }\n}\n";
ReactDOM.createRoot(document.getElementById("graphiql")).render(React.createElement(GraphiQL, { fetcher, defaultQuery }));
