//! The configuration: any text is read or refused, and what `config print` says of one that is read is read again, as the same.
#![no_main]

use agui_runtime::config::Config;
use libfuzzer_sys::fuzz_target;

/// What stands between the file and the variables that are laid over it, a `NAME=value` on each line.
const ENVIRONMENT: &str = "\n%%%\n";

fn read(text: &str, environment: &str) -> Option<Config> {
    let variables = environment.lines().filter_map(|line| line.split_once('='));
    let variables = variables.map(|(name, value)| (name.to_owned(), value.to_owned()));
    match Config::parse(text, "fuzz.toml", variables) {
        Ok(config) => Some(config),
        Err(error) => {
            assert!(!error.to_string().is_empty(), "it says what is wrong");
            None
        }
    }
}

fuzz_target!(|text: &str| {
    let (file, environment) = text.split_once(ENVIRONMENT).unwrap_or((text, ""));
    let Some(config) = read(file, environment) else {
        return;
    };
    let printed = config.to_toml();
    let again = read(&printed, "").unwrap_or_else(|| {
        let error = Config::parse(&printed, "printed.toml", []).map(drop);
        panic!("what is printed is refused: {error:?}\n{printed}")
    });
    assert_eq!(printed, again.to_toml(), "it says the same again");
    let with_origins: toml::Table = config.to_toml_with_origins().parse().expect("TOML");
    let plain: toml::Table = printed.parse().expect("TOML");
    assert_eq!(plain, with_origins, "origins are comments");
    assert!(config.to_json_with_origins().is_array());
});
