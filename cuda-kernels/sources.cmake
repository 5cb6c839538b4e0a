# What libreasonrft_cuda is made of, and the tests that run it without a GPU (tests/native/simt).
set(RRFT_CUDA_SOURCES
  "${CMAKE_CURRENT_LIST_DIR}/src/fused_policy_loss.cu"
  "${CMAKE_CURRENT_LIST_DIR}/src/group_advantages.cu"
  "${CMAKE_CURRENT_LIST_DIR}/src/launch.cpp"
  "${CMAKE_CURRENT_LIST_DIR}/src/linear_log_probs.cu"
  "${CMAKE_CURRENT_LIST_DIR}/src/log_probs.cu"
  "${CMAKE_CURRENT_LIST_DIR}/src/policy_loss.cu"
  "${CMAKE_CURRENT_LIST_DIR}/src/row_plan.cpp")
