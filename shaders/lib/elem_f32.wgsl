// How tensors are stored: 32-bit floats. Put first by src/kernels/wgsl.rs.
alias Elem = f32;
