// The recipe that the demo agent cooks; who uses the page may change how many it serves.
export function RecipeCard({ state, setState, running }) {
  const recipe = state?.recipe ?? {};
  const serve = (servings) => setState({ ...state, recipe: { ...recipe, servings } });
  return (
    <main>
      <h1 data-testid="title">{recipe.title ?? "No recipe yet"}</h1>
      <p>
        Serves <b data-testid="servings">{recipe.servings}</b>
        <button onClick={() => serve(recipe.servings + 1)}>One more guest</button>
      </p>
      <p data-testid="cooked">Cooked {recipe.cooked ?? 0} times</p>
      <progress max="100" value={recipe.progress ?? 0} />
      <ul data-testid="steps">
        {(recipe.steps ?? []).map((step) => (
          <li key={step.text}>
            {step.done ? "☑" : "☐"} {step.text}
          </li>
        ))}
      </ul>
      {running && <p>Cooking …</p>}
    </main>
  );
}

// How far the cooking got, in words.
export function progress(state) {
  const steps = state?.recipe?.steps ?? [];
  return `${steps.filter((step) => step.done).length} of ${steps.length} steps done`;
}
