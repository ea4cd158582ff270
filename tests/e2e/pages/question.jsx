import { useState } from "react";

// A question with a field for the answer.
export function Question({ text, answer }) {
  const [said, setSaid] = useState("");
  return (
    <form className="card" data-testid="question" onSubmit={(event) => (event.preventDefault(), answer(said))}>
      <p>{text}</p>
      <input aria-label="Your answer" value={said} onChange={(event) => setSaid(event.target.value)} />
      <button type="submit">Answer</button>
    </form>
  );
}
