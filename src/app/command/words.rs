//! Commands about pictures from words.

/// Shape of a picture from words.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum WordsShape {
    /// That of the next take's frame, so that nothing is cropped.
    #[default]
    Frame,
    /// 16 to 9.
    Wide,
    /// As wide as high.
    Square,
    /// 9 to 16.
    Tall,
}

/// How much time goes into a picture from words.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum WordsQuality {
    /// Few steps.
    Draft,
    /// The model's own number of steps.
    #[default]
    Standard,
    /// Many steps.
    Fine,
}

/// ID of a picture from words, finished or not.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct SlotId(pub u64);

/// Commands about pictures from words.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum WordsCommand {
    /// Sets what the pictures show.
    Text(String),
    /// Sets what they do not show.
    Negative(String),
    /// Sets the model, by name.
    Model(String),
    /// Sets their shape.
    Shape(WordsShape),
    /// Sets their quality.
    Quality(WordsQuality),
    /// Makes four pictures, each from its own seed.
    Make,
    /// Stops making pictures; finished ones are kept.
    Cancel,
    /// Puts a finished picture on the shelf and on the stage.
    Use(SlotId),
}
