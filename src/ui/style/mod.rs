//! How everything looks: colours, sizes, fonts, icons.

pub(super) mod icon;
pub(super) mod theme;
pub(super) mod tokens;
