//! Weights and LoRAs that cannot be used.

use std::path::PathBuf;

/// A checkpoint that cannot be used.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum CheckpointError {
    /// The file cannot be read at all.
    #[error("cannot read the weights ({reason}); check the path: {path}")]
    Unreadable {
        /// The path.
        path: PathBuf,
        /// The system's reason.
        reason: String,
    },
    /// The model no longer exists.
    #[error("the model no longer exists; put it back, or choose a model other than {path}")]
    Gone {
        /// Its last path.
        path: PathBuf,
    },
    /// The file has no bytes.
    #[error("the weight file is empty; download it again: {path}")]
    Empty {
        /// The file.
        path: PathBuf,
    },
    /// The file is of another, recognised format.
    #[error("this is {what}, not a safetensors file; {advice}: {path}")]
    Foreign {
        /// What the bytes look like.
        what: &'static str,
        /// What to do about it.
        advice: &'static str,
        /// The file.
        path: PathBuf,
    },
    /// The safetensors header contradicts the data.
    #[error("the safetensors file is damaged ({reason}); download it again: {path}")]
    Damaged {
        /// What is wrong.
        reason: String,
        /// The file.
        path: PathBuf,
    },
    /// A needed tensor is not of floating-point type.
    #[error(
        "the tensor {name} is stored as {dtype}; save it as F32, F16, BF16 or F64 instead: {path}"
    )]
    WrongDtype {
        /// The tensor, as the file calls it.
        name: String,
        /// The type it has.
        dtype: String,
        /// The file.
        path: PathBuf,
    },
    /// A tensor holds NaN or infinities.
    #[error(
        "the tensor {name} holds NaN or infinite values; the file is damaged, so get another copy: {path}"
    )]
    NotFinite {
        /// The tensor, as the file calls it.
        name: String,
        /// The file.
        path: PathBuf,
    },
    /// A tensor holds values beyond the type it should be placed in.
    #[error(
        "the tensor {name} holds values beyond the range of {target}; choose f32 or bf16 precision: {path}"
    )]
    OutOfRange {
        /// The tensor, as the file calls it.
        name: String,
        /// The requested type.
        target: &'static str,
        /// The file.
        path: PathBuf,
    },
    /// A configuration file is not JSON, or not of the expected form.
    #[error("this configuration is not valid JSON ({reason}); get another copy: {path}")]
    ConfigUnreadable {
        /// The parser's reason.
        reason: String,
        /// The file.
        path: PathBuf,
    },
    /// A field of a configuration cannot be used.
    #[error("`{field}` {reason}; correct the configuration: {path}")]
    Config {
        /// The field's name in the file.
        field: &'static str,
        /// Why it cannot be used, as a predicate (`must be …`).
        reason: String,
        /// The file.
        path: PathBuf,
    },
    /// A configuration describes another kind of network.
    #[error(
        "this configuration is for the class {found}, but Kinora needs {needed}; choose a model or motion module that Kinora supports: {path}"
    )]
    WrongClass {
        /// The class the configuration names.
        found: String,
        /// The classes that Kinora accepts here.
        needed: &'static str,
        /// The configuration file.
        path: PathBuf,
    },
    /// A folder lacks a part.
    #[error("the model lacks {part}; download the missing part: {path}")]
    MissingPart {
        /// The part, and the files that would provide it.
        part: String,
        /// The model folder or file.
        path: PathBuf,
    },
    /// A part exists only as a pickle.
    #[error(
        "the model has {part} only as a PyTorch pickle, which Kinora does not open; get the .safetensors version: {path}"
    )]
    PickleOnly {
        /// The part.
        part: &'static str,
        /// The pickle.
        path: PathBuf,
    },
    /// The files of a tokenizer do not fit each other.
    #[error("the vocabulary is unusable ({reason}); download the tokenizer again: {path}")]
    Vocabulary {
        /// What is wrong.
        reason: String,
        /// The file.
        path: PathBuf,
    },
    /// A shard index names files that cannot be used.
    #[error("the shard index is unusable ({reason}); download the model again: {path}")]
    ShardIndex {
        /// What is wrong.
        reason: String,
        /// The index file.
        path: PathBuf,
    },
    /// The folder is not a model.
    #[error(
        "this folder contains no model ({reason}); choose a diffusers folder or a .safetensors file instead of {path}"
    )]
    NoModel {
        /// What was found instead.
        reason: String,
        /// The folder.
        path: PathBuf,
    },
    /// The tensors are not those of a supported model.
    #[error(
        "these weights do not belong to a model that Kinora supports ({reason}); choose a file other than {path}"
    )]
    UnknownModel {
        /// What the tensors look like.
        reason: String,
        /// The file.
        path: PathBuf,
    },
    /// The model is recognised, but Kinora cannot run it.
    #[error(
        "{kind} is recognised, but generating with it is not supported yet; choose an SVD or SVD-XT model: {path}"
    )]
    Unsupported {
        /// The model's name.
        kind: &'static str,
        /// The file or folder.
        path: PathBuf,
    },
    /// Two parts of the model do not fit each other.
    #[error(
        "the parts of this model do not fit together ({reason}); use parts from the same release: {path}"
    )]
    PartsDisagree {
        /// Which numbers disagree.
        reason: String,
        /// The file or folder.
        path: PathBuf,
    },
    /// Motion modules that Kinora cannot use, or that do not fit their model.
    #[error(
        "these motion modules cannot be used ({reason}); choose AnimateDiff's motion modules for Stable Diffusion 1, and use them with a Stable Diffusion 1 model: {path}"
    )]
    MotionModule {
        /// What is wrong, as a clause.
        reason: String,
        /// Their file or folder.
        path: PathBuf,
    },
    /// Neither a path nor the name of something installed.
    #[error(
        "there is no {what} named {name}; give a path, or the name of an installed one ({known})"
    )]
    UnknownName {
        /// What was looked for.
        what: &'static str,
        /// The name.
        name: String,
        /// The available names.
        known: String,
    },
    /// Tensors of the network are missing, or have the wrong shape or type.
    #[error(
        "the weights of the {part} do not fit its configuration ({summary}); get a complete copy: {path}"
    )]
    Incomplete {
        /// `unet`, `vae` or `image_encoder`.
        part: &'static str,
        /// Counts and the first names.
        summary: String,
        /// The file or folder.
        path: PathBuf,
    },
}

/// A LoRA that cannot be used.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum LoraError {
    /// The file itself cannot be used.
    #[error(transparent)]
    File(#[from] CheckpointError),
    /// The file is a full model or something else without LoRA tensors.
    #[error(
        "this file contains no LoRA tensors (tensors in the file: {tensors}; the first is {first}); choose a LoRA file instead of {path}"
    )]
    NotALora {
        /// Number of tensors in the file.
        tensors: usize,
        /// One of their names.
        first: String,
        /// The file.
        path: PathBuf,
    },
    /// The LoRA is of a recognised kind that Kinora cannot apply.
    #[error("this is {what}, which Kinora cannot apply (tensor {name}); {advice}: {path}")]
    Unsupported {
        /// The kind.
        what: &'static str,
        /// The tensor that identifies the kind.
        name: String,
        /// What to do about it.
        advice: &'static str,
        /// The file.
        path: PathBuf,
    },
    /// A MotionLoRA for a model without the motion modules that it was made for.
    #[error("this MotionLoRA was made for AnimateDiff v2, but {found}; {advice}: {path}")]
    OtherMotion {
        /// What the model has instead, as a clause.
        found: &'static str,
        /// What to do about it.
        advice: &'static str,
        /// The file.
        path: PathBuf,
    },
    /// A module's tensors are incomplete or do not fit each other.
    #[error(
        "the LoRA tensors of {module} do not fit together ({reason}); get another copy: {path}"
    )]
    Malformed {
        /// The module's name in the file.
        module: String,
        /// What is wrong.
        reason: String,
        /// The file.
        path: PathBuf,
    },
    /// Its strength cannot change over the frames.
    #[error(
        "this LoRA changes {name}, so its strength cannot vary over the frames; give it a single strength: {path}"
    )]
    NoCurve {
        /// A tensor that is not a weight of attention over frames.
        name: String,
        /// The file.
        path: PathBuf,
    },
    /// Nothing in the file fits the model.
    #[error(
        "none of the {total} LoRA tensors fit this model (for example {examples}); choose a LoRA made for this model: {path}"
    )]
    NothingMatches {
        /// Number of updates in the file.
        total: usize,
        /// A few of their names.
        examples: String,
        /// The file.
        path: PathBuf,
    },
}
