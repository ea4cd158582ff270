import { defineConfig } from "vite";

export default defineConfig({
  base: "./",
  // The pages beside this folder are built against what is installed in it.
  resolve: { dedupe: ["react", "react-dom", "@copilotkit/react-core", "@copilotkit/react-ui"] },
  build: { emptyOutDir: true, minify: false, reportCompressedSize: false, rolldownOptions: { input: ["index.html", "v2.html"] } },
});
