from prefect import flow, get_run_logger


@flow
def hello(name: str = "world"):
    get_run_logger().info("Hello, %s", name)
