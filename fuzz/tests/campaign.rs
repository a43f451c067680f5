//! The fuzzers' targets on every input that once crashed, then on inputs from a fixed seed for a short while.
//!
//! `DOWNHILL_FUZZ_SECONDS=60 cargo test -p downhill-fuzz` takes longer, from other seeds; `npm run fuzz` has libFuzzer search.

use std::path::Path;
use std::time::{Duration, Instant};

type Target = fn(&[u8]);

const TARGETS: [(&str, Target); 2] = [("config", downhill_fuzz::config), ("calls", downhill_fuzz::calls)];

/// Pseudo-random bytes (Steele's splitmix64).
struct Bytes(u64);

impl Bytes {
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }

    fn take(&mut self) -> Vec<u8> {
        let len = self.next() % 200;
        (0..len).map(|_| self.next().to_le_bytes()[3]).collect()
    }
}

/// Runs `target` and, if it panics, says on which input.
fn run(name: &str, target: Target, input: &[u8], origin: &str) {
    let hex = || input.iter().map(|byte| format!("{byte:02x}")).collect::<String>();
    let start = Instant::now();
    if let Err(panic) = std::panic::catch_unwind(|| target(input)) {
        eprintln!("{name} panics on {origin}: {}", hex());
        std::panic::resume_unwind(panic);
    }
    assert!(start.elapsed().as_secs() < 10, "{name} takes {:?} on {origin}: {}", start.elapsed(), hex());
}

#[test]
fn inputs_that_once_crashed_do_so_no_more() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("regressions");
    for (name, target) in TARGETS {
        let files = std::fs::read_dir(folder.join(name)).expect("a folder for each target");
        let mut paths: Vec<_> = files.map(|file| file.expect("a readable folder").path()).collect();
        paths.sort();
        assert!(!paths.is_empty(), "no inputs for {name}");
        for path in paths {
            let input = std::fs::read(&path).expect("a readable file");
            run(name, target, &input, &path.display().to_string());
        }
    }
}

#[test]
fn nothing_panics_whatever_the_bytes() {
    let seconds = std::env::var("DOWNHILL_FUZZ_SECONDS").ok().and_then(|text| text.parse().ok());
    for (name, target) in TARGETS {
        let mut bytes = Bytes(seconds.map_or(1, |_| std::process::id().into()));
        let start = Instant::now();
        let mut executions = 0_u64;
        let goes_on = |executions| match seconds {
            Some(seconds) => start.elapsed() < Duration::from_secs(seconds),
            None => executions < 4000,
        };
        while goes_on(executions) {
            run(name, target, &bytes.take(), "bytes from a seed");
            executions += 1;
        }
        println!("{name}: {executions} executions in {:.1} s", start.elapsed().as_secs_f64());
    }
}
