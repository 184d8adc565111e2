//! The builds that are measured: this one and, optionally, another commit's.

use std::{env, path::PathBuf};

use crate::Result;

/// The program of a commit.
pub(crate) struct Build {
    pub(crate) name: String,
    pub(crate) program: PathBuf,
}

impl Build {
    /// Returns this build, and the one in `BASELINE`: a commit, `=`, and its program, as
    /// `beside.sh` builds it.
    pub(crate) fn all() -> Result<Vec<Self>> {
        let mut builds = vec![Self {
            name: "this commit".to_owned(),
            program: env::current_exe()?,
        }];
        if let Ok(baseline) = env::var("BASELINE") {
            let (name, program) = baseline
                .split_once('=')
                .ok_or("BASELINE is a commit, =, and its program")?;
            builds.push(Self {
                name: name.to_owned(),
                program: program.into(),
            });
        }
        Ok(builds)
    }
}
