// How tensors are stored: 32-bit floats. Put first by src/kernels/gpu/shader.rs.
alias Elem = f32;
