//! What can go wrong while the kernel image and its companions are made.

use std::path::{Path, PathBuf};

use thiserror::Error;

use crate::tool::ToolError;

/// The kernel image, or something that belongs to it, could not be made.
#[derive(Debug, Error)]
pub(crate) enum KernelError {
    /// A file could not be read.
    #[error("reading {}", .path.display())]
    Read {
        /// The file.
        path: PathBuf,
        /// Why.
        source: std::io::Error,
    },
    /// A file could not be written.
    #[error("writing {}", .path.display())]
    Write {
        /// The file.
        path: PathBuf,
        /// Why.
        source: std::io::Error,
    },
    /// A file could not be removed.
    #[error("removing {}", .path.display())]
    Remove {
        /// The file.
        path: PathBuf,
        /// Why.
        source: std::io::Error,
    },
    /// A program of the tools tree could not do it.
    #[error("{operation} {}", .path.display())]
    Tool {
        /// What was being done.
        operation: &'static str,
        /// To which file.
        path: PathBuf,
        /// Why not.
        source: ToolError,
    },
    /// The folder of modules is not one kernel's.
    #[error("{} has the modules of {found} kernels; an image has exactly one", .path.display())]
    Kernels {
        /// The folder.
        path: PathBuf,
        /// How many there are.
        found: usize,
    },
    /// A module's file is no module.
    #[error("{} is not a kernel module: {reason}", .path.display())]
    NotAModule {
        /// The file.
        path: PathBuf,
        /// What is wrong.
        reason: String,
    },
    /// A module that the image's list names is not the kernel's.
    #[error("the kernel {release} has no module '{name}', which KernelInitrdModules= names{}", hint(.similar.as_deref()))]
    NoSuchModule {
        /// The name or pattern.
        name: String,
        /// The kernel.
        release: String,
        /// A module with a similar name.
        similar: Option<String>,
    },
    /// The table of modules would not be valid.
    #[error("making the table of modules")]
    Table(#[from] formats::modules::BadTable),
    /// A microcode file is damaged.
    #[error("{} is not microcode: {reason}", .path.display())]
    NotMicrocode {
        /// The file.
        path: PathBuf,
        /// What is wrong.
        reason: &'static str,
    },
}

fn hint(similar: Option<&str>) -> String {
    similar.map_or_else(String::new, |name| format!("; did you mean '{name}'?"))
}

impl KernelError {
    /// For `map_err` of what reads `path`.
    pub(super) fn reading(path: &Path) -> impl FnOnce(std::io::Error) -> Self {
        move |source| Self::Read { path: path.to_owned(), source }
    }

    /// For `map_err` of what writes `path`.
    pub(super) fn writing(path: &Path) -> impl FnOnce(std::io::Error) -> Self {
        move |source| Self::Write { path: path.to_owned(), source }
    }

    /// For `map_err` of a program that does `operation` to `path`.
    pub(super) fn tool(operation: &'static str, path: &Path) -> impl FnOnce(ToolError) -> Self {
        move |source| Self::Tool { operation, path: path.to_owned(), source }
    }
}
