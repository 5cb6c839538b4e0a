# Tests of the CUDA backend: its own (cuda_test.cpp), and those of the CPU backend with each rrft_cpu_<op> replaced by
# rrft_cuda_<op> (cuda_backend.cpp). On the execution layer (simt/) in every build, and on a GPU where one is.
set(RRFT_CUDA_TESTS log_probs linear_log_probs group_advantages policy_loss fused_policy_loss policy_variants invariance)

# An executable whose rrft_cuda_<op> are those of the libraries.
function(rrft_add_cuda_executable name source)
  add_executable(${name} ${source} cuda_backend.cpp)
  target_include_directories(${name} PRIVATE ../../native/src)
  target_link_libraries(${name} PRIVATE reasonrft ${ARGN})
  target_compile_definitions(${name} PRIVATE RRFT_TEST_CUDA)
  rrft_configure_test(${name})
  if(NOT source STREQUAL "cuda_test.cpp")
    foreach(operation IN ITEMS log_probs_forward log_probs_backward linear_log_probs_merge linear_log_probs_finish
        linear_log_probs_backward group_advantages policy_loss fused_policy_loss)
      target_compile_definitions(${name} PRIVATE rrft_cpu_${operation}=rrft_on_cuda_${operation})
    endforeach()
    target_compile_definitions(${name} PRIVATE rrft_last_error=rrft_cuda_last_error)
  endif()
endfunction()

# A run of it, with the arguments, on the named path for rows.
function(rrft_add_cuda_run name executable rows)
  add_test(NAME ${name} COMMAND ${executable} ${ARGN})
  set_tests_properties(${name} PROPERTIES TIMEOUT 600 SKIP_RETURN_CODE 77)
  if(rows)
    set_tests_properties(${name} PROPERTIES ENVIRONMENT "REASONRFT_CUDA_ROWS=${rows}")
  endif()
endfunction()

# On every path; all refuse a path that is none.
function(rrft_add_cuda_paths executable)
  rrft_add_cuda_run(${executable} ${executable} "")
  foreach(rows IN ITEMS cache shared cluster-2 cluster-4 cluster-8)
    rrft_add_cuda_run(${executable}.${rows} ${executable} ${rows})
  endforeach()
  rrft_add_cuda_run(${executable}.cluster-3 ${executable} cluster-3 refused-rows)
endfunction()
